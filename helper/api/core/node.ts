/**
 * Node: names and type.
 */
import type { Node as PublishedNode } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Node = ApiObject<PublishedNode>;

export const nodeResource: Resource<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  categories: [],
  namespaced: false,
};
