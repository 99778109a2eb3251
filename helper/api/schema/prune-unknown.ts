/**
 * Makes of a decoded object what Go's decoder would have kept of it: no unknown fields, no nulls, and times and quantities in
 * their one form (`2026-01-01T00:00:00Z`, `1` for `1000m`), so that the same value is always the same text.
 *
 * Runs on every write after `checkStructure`, so that nothing is stored that no type describes.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
import { canonicalQuantity, isQuantity } from '../quantity';
import { findSchema } from './load';
import type { FieldSchema } from './schema';

/** What Go leaves in a list or map whose element was null; elements of other types are dropped. */
const ZERO_VALUES: Partial<Record<FieldSchema['type'], unknown>> = {
  string: '',
  boolean: false,
  int32: 0,
  int64: 0,
  double: 0,
  bytes: '',
  quantity: '0',
};

/** Changes `value` in place. Parts whose type is wrong are left as they are; `checkStructure` reports those. */
export function pruneUnknown(schemaName: string, value: unknown): void {
  const fields = findSchema(schemaName)?.fields;
  if (!fields || !isObject(value)) return;
  for (const key of Object.keys(value)) {
    const field = fields[key];
    const inner = value[key];
    if (!field || inner === null || inner === undefined) delete value[key];
    else if (typeof inner === 'object') pruneField(field, inner);
    else if (FORMS[field.type]) value[key] = inOneForm(field, inner);
  }
}

/** A time to the second, as metav1.Time is written. */
const CANONICAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const CANONICAL_MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

function canonicalTime(text: string): string {
  if (CANONICAL_TIME.test(text)) return text;
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function canonicalMicroTime(text: string): string {
  if (CANONICAL_MICRO_TIME.test(text)) return text;
  const time = Date.parse(text);
  if (Number.isNaN(time)) return text;
  // Date knows milliseconds; the digits behind them are taken from the text.
  const micros = (/\.(\d+)/.exec(text)?.[1] ?? '').slice(0, 6).padEnd(6, '0');
  return `${new Date(time).toISOString().slice(0, 19)}.${micros}Z`;
}

/** Types whose values can be written in several ways. */
const FORMS: Partial<Record<FieldSchema['type'], (value: unknown) => unknown>> = {
  time: (value) => (typeof value === 'string' ? canonicalTime(value) : value),
  microTime: (value) => (typeof value === 'string' ? canonicalMicroTime(value) : value),
  quantity: (value) => (isQuantity(value) ? canonicalQuantity(value) : value),
};

function inOneForm({ type }: FieldSchema, value: unknown): unknown {
  return FORMS[type]?.(value) ?? value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pruneField(field: FieldSchema, value: unknown): void {
  if (field.type === 'ref') pruneUnknown(field.ref, value);
  else if (field.type === 'list' && Array.isArray(value)) pruneList(field.items, value);
  else if (field.type === 'map' && isObject(value)) pruneMap(field.values, value);
}

function pruneList(items: FieldSchema, list: unknown[]): void {
  list.forEach((item, index) => {
    if (item === null) list[index] = items.type === 'ref' ? {} : ZERO_VALUES[items.type];
    else if (FORMS[items.type]) list[index] = inOneForm(items, item);
    else pruneField(items, item);
  });
}

function pruneMap(values: FieldSchema, map: Record<string, unknown>): void {
  const zero = ZERO_VALUES[values.type];
  for (const key of Object.keys(map)) {
    if (FORMS[values.type] && map[key] !== null) map[key] = inOneForm(values, map[key]);
    else if (map[key] !== null) pruneField(values, map[key]);
    else if (zero === undefined) delete map[key];
    else map[key] = zero;
  }
}
