/**
 * ConfigMap: settings for pods, as environment variables or files.
 * https://kubernetes.io/docs/concepts/configuration/configmap/
 */
import type { ConfigMap as PublishedConfigMap } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden, invalid, tooLong } from '../field-error';
import type { ApiObject } from '../meta';
import { configKey } from '../names';
import type { Resource } from '../resource';
import { sameValue } from '../validate-metadata';

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

/** Upper limit of all values together: ConfigMaps and Secrets are settings, not file storage. */
export const MAXIMUM_DATA_BYTES = 1024 * 1024;

/** The errors for data fields that changed in an object marked `immutable`. Shared with Secret. */
export function validateImmutableData(
  object: { immutable?: boolean },
  old: { immutable?: boolean },
  fields: Readonly<Record<string, readonly [unknown, unknown]>>,
): FieldError[] {
  if (!old.immutable) return [];
  const detail = 'field is immutable when `immutable` is set';
  const errors = object.immutable ? [] : [forbidden('immutable', detail)];
  const changed = Object.entries(fields).filter(([, [value, before]]) => !sameValue(value, before));
  return [...errors, ...changed.map(([field]) => forbidden(field, detail))];
}

function validateData({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...configKey(key).map((reason) => invalid(`data[${key}]`, key, reason)));
    if (Object.hasOwn(binaryData, key)) {
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    bytes += Buffer.byteLength(value ?? '');
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...configKey(key).map((reason) => invalid(`binaryData[${key}]`, key, reason)));
    bytes += Buffer.byteLength(value ?? '', 'base64');
  }
  return bytes > MAXIMUM_DATA_BYTES ? [...errors, tooLong('', MAXIMUM_DATA_BYTES)] : errors;
}

/** Row of the table: ConfigMap. */
export const configMapKind = /* @__PURE__ */ defineKind<ConfigMap>({
  resource: configMapResource,
  schema: 'io.k8s.api.core.v1.ConfigMap',
  columns: () => [
    nameColumn,
    column('Data', 'string', 'Number of entries in data and binaryData.', ({ data, binaryData }) =>
      String(Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length),
    ),
    ageColumn,
  ],
  validate: validateData,
  validateUpdate: (configMap, old) =>
    validateImmutableData(configMap, old, {
      data: [configMap.data, old.data],
      binaryData: [configMap.binaryData, old.binaryData],
    }),
});
