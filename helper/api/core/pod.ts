/**
 * Pod: names and type.
 */
import type { Pod as PublishedPod } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Pod = ApiObject<PublishedPod>;

export const podResource: Resource<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
};
