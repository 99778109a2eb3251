/**
 * ReplicaSet: names and type.
 */
import type { ReplicaSet as PublishedReplicaSet } from 'kubernetes-types/apps/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type ReplicaSet = ApiObject<PublishedReplicaSet>;

export const replicaSetResource: Resource<ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
};
