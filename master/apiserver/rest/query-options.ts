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

/** A 422 about options, as Kubernetes reports them. */
export function invalidOptions(kind: string, errors: readonly FieldError[]): StatusError {
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new StatusError('Invalid', `${kind}.meta.k8s.io "" is invalid: ${text}`, {
    group: 'meta.k8s.io',
    kind,
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

/** The same about one option. */
export const invalidOption = (kind: string, error: FieldError): StatusError => invalidOptions(kind, [error]);

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

/** A whole number, 0 for anything below; undefined when absent. Throws BadRequest. */
export function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (/^[+-]?\d{1,15}$/.test(text)) return Math.max(0, Number(text));
  const problem = /^[+-]?\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`);
}

/** A resourceVersion; undefined when absent. Throws BadRequest. */
export function parseResourceVersion(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: must be the text of a whole number`,
  );
}
