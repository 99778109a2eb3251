/**
 * StorageClass: a sort of storage, and who makes volumes of it.
 * https://kubernetes.io/docs/concepts/storage/storage-classes/
 */
import type { TopologySelectorTerm } from 'kubernetes-types/core/v1';
import type { StorageClass as PublishedStorageClass } from 'kubernetes-types/storage/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { duplicate, type FieldError, forbidden, invalid, required, tooLong } from '../field-error';
import { each, follows, oneOf, optionalOneOf } from '../field-rules';
import type { ApiObject } from '../meta';
import { qualifiedNameRule } from '../names';
import type { Resource } from '../resource';
import { immutable, sameValue } from '../validate-metadata';

export type StorageClass = ApiObject<PublishedStorageClass>;

export const storageClassResource: Resource<StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  categories: [],
  namespaced: false,
};

/** Marks the class of claims that name none. */
export const DEFAULT_CLASS_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';
const OLD_DEFAULT_CLASS_ANNOTATION = 'storageclass.beta.kubernetes.io/is-default-class';
const RECLAIM_POLICIES = ['Delete', 'Retain'];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];
const MAX_PARAMETERS = 512;
const MAX_PARAMETERS_BYTES = 256 * 1024;
const FIXED = ['parameters', 'provisioner', 'reclaimPolicy'] as const;

/** True when claims that name no class get this one. */
export function isDefaultClass({ metadata: { annotations = {} } }: StorageClass): boolean {
  return annotations[DEFAULT_CLASS_ANNOTATION] === 'true' || annotations[OLD_DEFAULT_CLASS_ANNOTATION] === 'true';
}

function validateParameters(parameters: Record<string, string> | undefined): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > MAX_PARAMETERS) return [tooLong('parameters', MAX_PARAMETERS)];
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => (key ? [] : [invalid('parameters', key, 'field can not be empty.')])),
    ...(bytes > MAX_PARAMETERS_BYTES ? [tooLong('parameters', MAX_PARAMETERS_BYTES)] : []),
  ];
}

function validateTopology({ matchLabelExpressions }: TopologySelectorTerm, path: string): FieldError[] {
  const keys = (matchLabelExpressions ?? []).map(({ key }) => key);
  return each(matchLabelExpressions, `${path}.matchLabelExpressions`, ({ key, values }, at, index) => [
    ...(values?.length ? [] : [required(`${at}.values`)]),
    ...each(values, `${at}.values`, (value, where, position) =>
      values.indexOf(value) < position ? [duplicate(where, value)] : [],
    ),
    ...follows(qualifiedNameRule, key, `${at}.key`),
    ...(keys.indexOf(key) < index ? [duplicate(`${at}.key`, key)] : []),
  ]);
}

/** The same values for the same keys, in whatever order. */
function saySame(left: TopologySelectorTerm, right: TopologySelectorTerm): boolean {
  const text = ({ matchLabelExpressions }: TopologySelectorTerm) =>
    (matchLabelExpressions ?? []).map(({ key, values }) => `${key}=${[...new Set(values)].toSorted()}`).toSorted();
  return sameValue(text(left), text(right));
}

function validateStorageClass(storageClass: StorageClass): FieldError[] {
  const { provisioner } = storageClass;
  return [
    ...(provisioner
      ? qualifiedNameRule(provisioner.toLowerCase()).map((reason) => invalid('provisioner', provisioner, reason))
      : [required('provisioner', provisioner)]),
    ...validateParameters(storageClass.parameters),
    ...optionalOneOf(storageClass.reclaimPolicy, RECLAIM_POLICIES, 'reclaimPolicy'),
    ...oneOf(storageClass.volumeBindingMode, BINDING_MODES, 'volumeBindingMode'),
    ...each(storageClass.allowedTopologies, 'allowedTopologies', (term, path, index) => [
      ...validateTopology(term, path),
      ...(storageClass.allowedTopologies?.slice(0, index).some((other) => saySame(term, other))
        ? [duplicate(`${path}.matchLabelExpressions`, '')]
        : []),
    ]),
  ];
}

/** Row of the table: StorageClass. */
export const storageClassKind = /* @__PURE__ */ defineKind<StorageClass>({
  resource: storageClassResource,
  schema: 'io.k8s.api.storage.v1.StorageClass',
  columns: () => [
    {
      ...nameColumn,
      value: (object) => (isDefaultClass(object) ? `${object.metadata.name} (default)` : object.metadata.name),
    },
    column('Provisioner', 'string', 'Who makes volumes of this class.', (object) => object.provisioner ?? ''),
    column(
      'ReclaimPolicy',
      'string',
      'What becomes of a volume when its claim is gone.',
      (object) => object.reclaimPolicy ?? 'Delete',
    ),
    column(
      'VolumeBindingMode',
      'string',
      'When a claim gets its volume.',
      (object) => object.volumeBindingMode ?? '<unset>',
    ),
    column(
      'AllowVolumeExpansion',
      'string',
      'Whether volumes can be made larger.',
      (object) => object.allowVolumeExpansion ?? false,
    ),
    ageColumn,
  ],
  applyDefaults(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate: validateStorageClass,
  validateUpdate: (object, old) => [
    ...FIXED.flatMap((key) =>
      sameValue(object[key], old[key]) ? [] : [forbidden(key, `updates to ${key} are forbidden.`)],
    ),
    ...immutable(object.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
  ],
});
