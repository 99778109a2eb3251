/**
 * The query parameters of writes and reads, checked.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */

import type { FieldError } from '../../../helper/api/field-error';
import { badRequest, StatusError } from '../../../helper/api/status-error';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

const NO_OPTIONS: WriteOptions = { dryRun: false, fieldValidation: 'Warn' };
const LONGEST_FIELD_MANAGER = 128;

/** A 422 about an option, as Kubernetes reports them. */
export function invalidOption(kind: string, error: FieldError): StatusError {
  const message = `${kind}.meta.k8s.io "" is invalid: ${error.field}: ${error.message}`;
  const { reason, message: text, field } = error;
  return new StatusError('Invalid', message, {
    group: 'meta.k8s.io',
    kind,
    causes: [{ reason, message: text, field }],
  });
}

function unsupported(field: string, value: string, supported: readonly string[]): FieldError {
  const list = supported.map((text) => JSON.stringify(text)).join(', ');
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}

/** True for dryRun=All; throws Invalid for anything but that. */
export function parseDryRun(values: readonly string[], optionsKind: string): boolean {
  const wrong = values.find((value) => value !== 'All' && value !== '');
  if (wrong !== undefined) throw invalidOption(optionsKind, unsupported('dryRun', wrong, ['All']));
  return values.includes('All');
}

/** Options of create, update and patch. `kind` is `CreateOptions`, `UpdateOptions`, ... */
export function parseWriteOptions(query: URLSearchParams, kind: string): WriteOptions {
  if (query.size === 0) return NO_OPTIONS;
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw invalidOption(kind, unsupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  const manager = query.get('fieldManager') ?? '';
  if (manager.length > LONGEST_FIELD_MANAGER) {
    const message = `Too long: may not be more than ${LONGEST_FIELD_MANAGER} bytes`;
    throw invalidOption(kind, { field: 'fieldManager', reason: 'FieldValueTooLong', message });
  }
  return { dryRun: parseDryRun(query.getAll('dryRun'), kind), fieldValidation };
}

/** A whole number that is not negative; undefined when absent. Throws BadRequest. */
export function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(`invalid value for query parameter ${name}: ${JSON.stringify(text)}: expected a whole number`);
  }
  return Number(text);
}

/** A resourceVersion; undefined when absent. Throws BadRequest. */
export function parseResourceVersion(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(text)}: must be the text of a whole number`);
}
