/**
 * Lease: names and type.
 */
import type { Lease as PublishedLease } from 'kubernetes-types/coordination/v1';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Lease = ApiObject<PublishedLease>;

export const leaseResource: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  shortNames: [],
  categories: [],
  namespaced: true,
};
