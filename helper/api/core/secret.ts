/**
 * Secret: like a ConfigMap, for what should not be shown; values are base64, and the type says which keys must be there.
 * https://kubernetes.io/docs/concepts/configuration/secret/
 */
import type { Secret as PublishedSecret } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid, required, tooLong } from '../field-error';
import type { ApiObject } from '../meta';
import { configKey } from '../names';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';
import { MAXIMUM_DATA_BYTES, validateImmutableData } from './config-map';

export type Secret = ApiObject<PublishedSecret>;

export const secretResource: Resource<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  shortNames: [],
  categories: [],
  namespaced: true,
};

const SERVICE_ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';
/** Keys a type needs. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const BASIC_AUTH_KEYS = ['username', 'password'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function validateType({ type = '', data = {}, metadata }: Secret): FieldError[] {
  const absent = (keys: readonly string[]) => keys.filter((key) => !Object.hasOwn(data, key));
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[SERVICE_ACCOUNT_ANNOTATION]) {
    return [required(`metadata.annotations[${SERVICE_ACCOUNT_ANNOTATION}]`)];
  }
  if (type === 'kubernetes.io/basic-auth') {
    const missing = absent(BASIC_AUTH_KEYS);
    return missing.length === BASIC_AUTH_KEYS.length ? missing.map((key) => required(`data[${key}]`)) : [];
  }
  const keys = Object.hasOwn(REQUIRED_KEYS, type) ? (REQUIRED_KEYS[type] ?? []) : [];
  const missing = absent(keys).map((key) => required(`data[${key}]`));
  return missing.length ? missing : validateDockerConfig(type, data);
}

function validateDockerConfig(type: string, data: Record<string, string>): FieldError[] {
  if (type !== 'kubernetes.io/dockercfg' && type !== 'kubernetes.io/dockerconfigjson') return [];
  const key = type === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson';
  try {
    JSON.parse(Buffer.from(data[key] ?? '', 'base64').toString('utf8'));
    return [];
  } catch {
    return [invalid(`data[${key}]`, '<secret contents redacted>', 'must be valid JSON')];
  }
}

function validateData({ data = {} }: Secret): FieldError[] {
  const errors = Object.entries(data).flatMap(([key, value]) => [
    ...configKey(key).map((reason) => invalid(`data[${key}]`, key, reason)),
    // The value is a secret even when it is wrong.
    ...(BASE64.test((value ?? '').replace(/[\r\n]/g, ''))
      ? []
      : [invalid(`data[${key}]`, '<secret contents redacted>', 'illegal base64 data')]),
  ]);
  const bytes = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value ?? '', 'base64'), 0);
  return bytes > MAXIMUM_DATA_BYTES ? [...errors, tooLong('data', MAXIMUM_DATA_BYTES)] : errors;
}

/** Row of the table: Secret. */
export const secretKind = /* @__PURE__ */ defineKind<Secret>({
  resource: secretResource,
  schema: 'io.k8s.api.core.v1.Secret',
  columns: () => [
    nameColumn,
    column('Type', 'string', 'Used to facilitate programmatic handling of secret data.', (secret) => secret.type ?? ''),
    column('Data', 'string', 'Number of entries in data.', (secret) => String(Object.keys(secret.data ?? {}).length)),
    ageColumn,
  ],
  fieldSelectors: { type: (secret) => secret.type ?? '' },
  applyDefaults(secret) {
    secret.type ||= 'Opaque';
    // stringData is a convenience of writers: it is merged into data and never stored.
    if (secret.stringData) {
      const encoded = Object.entries(secret.stringData).map(([key, value]) => [
        key,
        Buffer.from(value ?? '').toString('base64'),
      ]);
      secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
      delete secret.stringData;
    }
  },
  validate: (secret) => [...validateData(secret), ...validateType(secret)],
  validateUpdate: (secret, old) => [
    ...immutable(secret.type, old.type, 'type'),
    ...validateImmutableData(secret, old, { data: [secret.data, old.data] }),
  ],
});
