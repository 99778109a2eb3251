/**
 * Endpoints: names and type.
 */
import type { Endpoints as PublishedEndpoints } from 'kubernetes-types/core/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Endpoints = ApiObject<PublishedEndpoints>;

export const endpointsResource: Resource<Endpoints> = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  categories: [],
  namespaced: true,
};
