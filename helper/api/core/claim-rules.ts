/**
 * Defaults and rules of claims to storage: of PersistentVolumeClaims and of the claim templates in a StatefulSet.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims
 */
import type { PersistentVolumeClaimSpec, TypedLocalObjectReference } from 'kubernetes-types/core/v1';
import { type FieldError, forbidden, invalid, required } from '../field-error';
import { follows, optionalOneOf } from '../field-rules';
import { validateLabelSelector } from '../label-selector';
import { dnsSubdomain } from '../names';
import { canonicalizeResources, compareQuantities, isQuantity } from '../quantity';
import { immutable, sameValue } from '../validate-metadata';
import { validatePositiveAmount, validateResourceAmount } from './resource-names';
import { storageClassOf, VOLUME_MODES, validateAccessModes, validateClassName } from './storage-rules';

/** What the rules look at of a claim. */
export interface Claim {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  spec?: PersistentVolumeClaimSpec;
  status?: { readonly phase?: string; capacity?: Record<string, string> };
}

/** Volume mode, and amounts as they are stored. Idempotent. */
export function defaultClaim({ spec, status }: Claim): void {
  canonicalizeResources(status?.capacity);
  if (!spec) return;
  spec.volumeMode ??= 'Filesystem';
  canonicalizeResources(spec.resources?.requests);
  canonicalizeResources(spec.resources?.limits);
}

/** `dataSource` is the older name of `dataSourceRef`: readers find the source under both. */
export function normalizeDataSource(spec: PersistentVolumeClaimSpec | undefined): void {
  if (spec?.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec?.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { namespace, ...source } = spec.dataSourceRef;
    spec.dataSource = source;
  }
}

function validateDataSource(source: TypedLocalObjectReference | undefined, field: string): FieldError[] {
  if (!source) return [];
  const { apiGroup = '', kind, name } = source;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${field}.name`));
  if (!kind) errors.push(required(`${field}.kind`));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') {
    const message = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalid(field, kind, message));
  }
  if (apiGroup) errors.push(...follows(dnsSubdomain, apiGroup, `${field}.apiGroup`));
  return errors;
}

function validateRequest(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const storage = spec.resources?.requests?.['storage'];
  const field = `${path}.resources[storage]`;
  if (storage === undefined) return [required(field)];
  const errors = validateResourceAmount('storage', storage, field);
  return errors.length ? errors : validatePositiveAmount(storage, field);
}

/** All that is wrong with a claim's spec. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec | undefined, path: string): FieldError[] {
  if (!spec) return [required(`${path}.accessModes`, 'at least 1 access mode is required')];
  const { dataSource, dataSourceRef } = spec;
  const differ = dataSource && dataSourceRef && !sameValue(dataSource, dataSourceRef);
  return [
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...validateAccessModes(spec.accessModes, `${path}.accessModes`, 'at least 1 access mode is required'),
    ...validateRequest(spec, path),
    ...validateClassName(spec.storageClassName, `${path}.storageClassName`),
    ...optionalOneOf(spec.volumeMode, VOLUME_MODES, `${path}.volumeMode`),
    ...validateDataSource(dataSource, `${path}.dataSource`),
    ...validateDataSource(dataSourceRef, `${path}.dataSourceRef`),
    ...(differ ? [invalid(`${path}.dataSource`, dataSource, 'must match dataSourceRef')] : []),
  ];
}

/** The spec without what an update may set: the volume once, and of a bound claim the size. */
function fixedSpec(claim: Claim, old: Claim): unknown {
  const { volumeName, storageClassName, resources, volumeMode, ...rest } = claim.spec ?? {};
  const { storage, ...otherRequests } = resources?.requests ?? {};
  return {
    ...rest,
    className: namesNoClass(old) ? storageClassOf({}, old.spec) : storageClassOf(claim.metadata ?? {}, claim.spec),
    ...(old.spec?.volumeName ? { volumeName } : {}),
    resources: old.status?.phase === 'Bound' ? { limits: resources?.limits, requests: otherRequests } : resources,
  };
}

/** A claim that never named a class may still get one: the default class may have come later. */
function namesNoClass({ metadata, spec }: Claim): boolean {
  return (
    spec?.storageClassName === undefined &&
    metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] === undefined
  );
}

/** What an update of a claim may not change. */
export function validateClaimUpdate(claim: Claim, old: Claim): FieldError[] {
  const [size, before, actual] = [
    claim.spec?.resources?.requests?.['storage'],
    old.spec?.resources?.requests?.['storage'],
    old.status?.capacity?.['storage'],
  ];
  const errors: FieldError[] = [];
  if (!sameValue(fixedSpec(claim, old), fixedSpec(old, old))) {
    const message =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbidden('spec', message));
  }
  // A failed expansion may be taken back, but a volume never shrinks.
  const shrinks = isQuantity(size) && isQuantity(before) && compareQuantities(size, before) < 0;
  if (shrinks && isQuantity(actual) && compareQuantities(size, actual) <= 0) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return [...errors, ...immutable(claim.spec?.volumeMode, old.spec?.volumeMode, 'spec.volumeMode')];
}
