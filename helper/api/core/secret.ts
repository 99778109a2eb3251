/**
 * Secret: names and type.
 */
import type { Secret as PublishedSecret } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Secret = ApiObject<PublishedSecret>;

export const secretResource: Resource<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  shortNames: [],
  categories: [],
  namespaced: true,
};
