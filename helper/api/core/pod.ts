/**
 * Pod: names and type.
 */
import type { Pod as PublishedPod } from 'kubernetes-types/core/v1';
import { ageColumn, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
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

/** Row of the table: Pod. */
export const podKind = defineKind<Pod>({
  resource: podResource,
  schema: 'io.k8s.api.core.v1.Pod',
  hasStatus: true,
  columns: [nameColumn, ageColumn],
});
