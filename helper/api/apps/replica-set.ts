/**
 * ReplicaSet: names and type.
 */
import type { ReplicaSet as PublishedReplicaSet } from 'kubernetes-types/apps/v1';
import { ageColumn, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
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

/** Row of the table: ReplicaSet. */
export const replicaSetKind = defineKind<ReplicaSet>({
  resource: replicaSetResource,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  hasStatus: true,
  hasGeneration: true,
  columns: [nameColumn, ageColumn],
});
