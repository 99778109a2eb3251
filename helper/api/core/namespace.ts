/**
 * Namespace: names and type.
 */
import type { Namespace as PublishedNamespace } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Namespace = ApiObject<PublishedNamespace>;

export const namespaceResource: Resource<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  categories: [],
  namespaced: false,
};
