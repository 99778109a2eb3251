/**
 * ServiceAccount: names and type.
 */
import type { ServiceAccount as PublishedServiceAccount } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type ServiceAccount = ApiObject<PublishedServiceAccount>;

export const serviceAccountResource: Resource<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  categories: [],
  namespaced: true,
};
