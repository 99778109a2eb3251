/**
 * Rules of `metadata`, the same for every kind except how its name may look.
 *
 * `defineKind` runs these before a kind's own rules, so no kind can forget them.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/
 */
import { type FieldError, forbidden, invalid, required, tooLong } from './field-error';
import type { KubeObject, ObjectMeta, OwnerReference } from './meta';
import { asPrefix, dnsLabel, labelValue, type NameRule, qualifiedNameRule } from './names';

const MAXIMUM_ANNOTATIONS_BYTES = 256 * 1024;
const FOREGROUND_FINALIZER = 'foregroundDeletion';
const ORPHAN_FINALIZER = 'orphan';

const invalids = (field: string, value: unknown, reasons: readonly string[]) =>
  reasons.map((reason) => invalid(field, value, reason));

/** Labels at `path`: keys are qualified names, values label values. */
export function validateLabels(labels: Record<string, string> | undefined | null, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...invalids(path, key, qualifiedNameRule(key)),
    ...invalids(path, value, labelValue(value)),
  ]);
}

/** Annotations at `path`: any values, 256 KiB in all. */
export function validateAnnotations(
  annotations: Record<string, string> | undefined | null,
  path: string,
): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  // Keys are judged in lower case: Kubernetes allows capitals in the prefix of annotations.
  const errors = entries.flatMap(([key]) => invalids(path, key, qualifiedNameRule(key.toLowerCase())));
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value ?? ''), 0);
  return bytes > MAXIMUM_ANNOTATIONS_BYTES ? [...errors, tooLong(path, MAXIMUM_ANNOTATIONS_BYTES)] : errors;
}

function validateOwner(owner: OwnerReference, path: string): FieldError[] {
  const slashes = (owner.apiVersion ?? '').split('/').length;
  const errors: FieldError[] = [];
  if (!owner.apiVersion)
    errors.push(invalid(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
  else if (slashes > 2) errors.push(invalid(`${path}.apiVersion`, owner.apiVersion, 'must be <group>/<version>'));
  if (!owner.kind) errors.push(invalid(`${path}.kind`, owner.kind ?? '', 'must not be empty'));
  if (!owner.name) errors.push(invalid(`${path}.name`, owner.name ?? '', 'must not be empty'));
  if (!owner.uid) errors.push(invalid(`${path}.uid`, owner.uid ?? '', 'must not be empty'));
  if (owner.kind === 'Event' && owner.apiVersion === 'v1') {
    errors.push(invalid(path, owner, `${owner.apiVersion}, Kind=Event is disallowed from being an owner`));
  }
  return errors;
}

function validateOwners(owners: readonly OwnerReference[], path: string): FieldError[] {
  const errors = owners.flatMap((owner) => validateOwner(owner, path));
  const controllers = owners.filter((owner) => owner.controller);
  const [first, second] = controllers;
  if (first && second) {
    const message = `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`;
    errors.push(invalid(path, owners, message));
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[], path: string): FieldError[] {
  const errors = finalizers.flatMap((finalizer) => invalids(path, finalizer, qualifiedNameRule(finalizer)));
  if (finalizers.includes(FOREGROUND_FINALIZER) && finalizers.includes(ORPHAN_FINALIZER)) {
    const message = `finalizer ${FOREGROUND_FINALIZER} and ${ORPHAN_FINALIZER} cannot be both set`;
    errors.push(invalid(path, finalizers, message));
  }
  return errors;
}

function validateNamespaceField(meta: ObjectMeta, namespaced: boolean): FieldError[] {
  if (!namespaced) {
    return meta.namespace ? [forbidden('metadata.namespace', 'not allowed on this type')] : [];
  }
  if (!meta.namespace) return [required('metadata.namespace')];
  return invalids('metadata.namespace', meta.namespace, dnsLabel(meta.namespace));
}

/** All that is wrong with the metadata of an object of a kind whose names follow `nameRule`. */
export function validateMetadata(
  meta: ObjectMeta,
  { namespaced, nameRule }: { namespaced: boolean; nameRule: NameRule },
): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName) {
    errors.push(...invalids('metadata.generateName', meta.generateName, asPrefix(nameRule)(meta.generateName)));
  }
  if (!meta.name) errors.push(required('metadata.name', 'name or generateName is required'));
  else errors.push(...invalids('metadata.name', meta.name, nameRule(meta.name)));
  errors.push(...validateNamespaceField(meta, namespaced));
  if ((meta.generation ?? 0) < 0) {
    errors.push(invalid('metadata.generation', meta.generation, 'must be greater than or equal to 0'));
  }
  errors.push(...validateLabels(meta.labels, 'metadata.labels'));
  errors.push(...validateAnnotations(meta.annotations, 'metadata.annotations'));
  errors.push(...validateOwners(meta.ownerReferences ?? [], 'metadata.ownerReferences'));
  errors.push(...validateFinalizers(meta.finalizers ?? [], 'metadata.finalizers'));
  return errors;
}

const IMMUTABLE = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** The error for a field that changed although it never may; empty array when it did not. */
export function immutable(value: unknown, old: unknown, path: string, detail = 'field is immutable'): FieldError[] {
  return sameValue(value, old) ? [] : [invalid(path, value, detail)];
}

const isAbsent = (value: unknown) => value === undefined || value === null;

/** Deep equality of JSON values in which absent, null, empty object and empty list are the same, as in Kubernetes. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  const isEmpty = (value: unknown) =>
    isAbsent(value) || (typeof value === 'object' && value !== null && Object.values(value).every(isAbsent));
  if (isEmpty(left) || isEmpty(right)) return isEmpty(left) && isEmpty(right);
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value, index) => sameValue(value, right[index]));
  }
  const [a, b] = [left as Record<string, unknown>, right as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameValue(a[key], b[key]));
}

/** What an update did to metadata that it may not do. */
export function validateMetadataUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const meta = object.metadata;
  const before = old.metadata;
  const errors = IMMUTABLE.flatMap((key) => immutable(meta[key], before[key], `metadata.${key}`));
  if ((meta.generation ?? 0) < (before.generation ?? 0)) {
    errors.push(invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented'));
  }
  if (!meta.resourceVersion) {
    errors.push(invalid('metadata.resourceVersion', meta.resourceVersion ?? '', 'must be specified for an update'));
  }
  if (before.deletionTimestamp) {
    const added = (meta.finalizers ?? []).filter((finalizer) => !before.finalizers?.includes(finalizer));
    if (added.length) {
      const message = `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
      errors.push(forbidden('metadata.finalizers', message));
    }
  }
  return errors;
}
