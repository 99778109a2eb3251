/**
 * Lease: a heartbeat or a lock: who holds it, since when, and for how long it counts.
 *
 * Kubelets renew one each in kube-node-lease, leaders of controllers one in kube-system.
 * https://kubernetes.io/docs/concepts/architecture/leases/
 */
import type { Lease as PublishedLease } from 'kubernetes-types/coordination/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid } from '../field-error';
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

function validateLease({ spec = {} }: Lease): FieldError[] {
  const errors: FieldError[] = [];
  const { leaseDurationSeconds, leaseTransitions } = spec;
  if (typeof leaseDurationSeconds === 'number' && leaseDurationSeconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
  }
  if (typeof leaseTransitions === 'number' && leaseTransitions < 0) {
    errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
  }
  return errors;
}

/** Row of the table: Lease. */
export const leaseKind = /* @__PURE__ */ defineKind<Lease>({
  resource: leaseResource,
  schema: 'io.k8s.api.coordination.v1.Lease',
  createdByUpdate: true,
  updateNeedsVersion: true,
  columns: () => [
    nameColumn,
    column(
      'Holder',
      'string',
      'The identity of the holder of a current lease.',
      (lease) => lease.spec?.holderIdentity ?? '',
    ),
    ageColumn,
  ],
  validate: validateLease,
});
