/**
 * Drops from a decoded object what Go's decoder would not have kept: unknown fields and nulls.
 *
 * Runs on every write after `checkStructure`, so that nothing is stored that no type describes.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
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
  }
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
    else pruneField(items, item);
  });
}

function pruneMap(values: FieldSchema, map: Record<string, unknown>): void {
  const zero = ZERO_VALUES[values.type];
  for (const key of Object.keys(map)) {
    if (map[key] !== null) pruneField(values, map[key]);
    else if (zero === undefined) delete map[key];
    else map[key] = zero;
  }
}
