/**
 * Service: names and type.
 */
import type { Service as PublishedService } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Service = ApiObject<PublishedService>;

export const serviceResource: Resource<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
};
