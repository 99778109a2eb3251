/**
 * ConfigMap: names and type.
 */
import type { ConfigMap as PublishedConfigMap } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type ConfigMap = ApiObject<PublishedConfigMap>;

export const configMapResource: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  categories: [],
  namespaced: true,
};
