/**
 * EndpointSlice: names and type.
 */
import type { EndpointSlice as PublishedEndpointSlice } from 'kubernetes-types/discovery/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type EndpointSlice = ApiObject<PublishedEndpointSlice>;

export const endpointSliceResource: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  shortNames: [],
  categories: [],
  namespaced: true,
};
