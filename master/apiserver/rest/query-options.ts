/**
 * The query parameters of writes and reads, checked.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */

import { type FieldError, forbidden, required } from '../../../helper/api/field-error';
import { badRequest, StatusError } from '../../../helper/api/status-error';
import { validateFieldManager } from '../apply/manager-name';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

const NO_OPTIONS: WriteOptions = { dryRun: false, fieldValidation: 'Warn' };

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

const dryRunErrors = (values: readonly string[]): FieldError[] => {
  const wrong = values.find((value) => value !== 'All' && value !== '');
  return wrong === undefined ? [] : [unsupported('dryRun', wrong, ['All'])];
};

/** True for dryRun=All; throws Invalid for anything but that. */
export function parseDryRun(values: readonly string[], optionsKind: string): boolean {
  const errors = dryRunErrors(values);
  if (errors.length > 0) throw invalidOptions(optionsKind, errors);
  return values.includes('All');
}

const VALIDATIONS: readonly string[] = ['', 'Ignore', 'Strict', 'Warn'];

function parseOptions(query: URLSearchParams, kind: string, errors: FieldError[]): WriteOptions {
  const fieldValidation = query.get('fieldValidation') ?? '';
  const dryRun = query.getAll('dryRun');
  errors.push(...validateFieldManager(query.get('fieldManager') ?? ''), ...dryRunErrors(dryRun));
  if (!VALIDATIONS.includes(fieldValidation)) {
    errors.push(unsupported('fieldValidation', fieldValidation, VALIDATIONS));
  }
  if (errors.length > 0) throw invalidOptions(kind, errors);
  return { dryRun: dryRun.includes('All'), fieldValidation: (fieldValidation || 'Warn') as FieldValidation };
}

/** Options of create and update. `kind` is `CreateOptions` or `UpdateOptions`. */
export function parseWriteOptions(query: URLSearchParams, kind: string): WriteOptions {
  return query.size === 0 ? NO_OPTIONS : parseOptions(query, kind, []);
}

/** Options of a patch: an apply needs a manager, and only an apply can be forced. */
export function parsePatchOptions(query: URLSearchParams, isApply: boolean): WriteOptions {
  if (!isApply && query.size === 0) return NO_OPTIONS;
  const errors: FieldError[] = [];
  if (isApply && !query.get('fieldManager')) errors.push(required('fieldManager', 'is required for apply patch'));
  if (!isApply && query.has('force')) errors.push(forbidden('force', 'may not be specified for non-apply patch'));
  return parseOptions(query, 'PatchOptions', errors);
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
