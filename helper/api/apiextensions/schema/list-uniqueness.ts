/**
 * Items of `x-kubernetes-list-type: set` stand in the list once, those of `map` have keys of their own.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { duplicate, type FieldError, invalid } from '../../field-error';
import { childPath, isJsonMap, type JsonMap, type JsonSchema, propertyOf, valuesOf } from './json-schema';

/** Every second appearance of an item in a set or of a key in a map, anywhere in the value. */
export function validateListUniqueness(schema: JsonSchema, value: unknown, path = ''): FieldError[] {
  if (Array.isArray(value)) return [...validateList(schema, value, path), ...validateItems(schema, value, path)];
  if (!isJsonMap(value)) return [];
  const values = valuesOf(schema);
  return Object.keys(value).flatMap((key) => {
    const property = propertyOf(schema, key);
    if (property) return validateListUniqueness(property, value[key], childPath(path, key));
    return values ? validateListUniqueness(values, value[key], `${path}[${key}]`) : [];
  });
}

function validateItems({ items }: JsonSchema, list: readonly unknown[], path: string): FieldError[] {
  if (!items || (items.type !== 'object' && items.type !== 'array')) return [];
  return list.flatMap((item, index) => validateListUniqueness(items, item, `${path}[${index}]`));
}

function validateList(schema: JsonSchema, list: readonly unknown[], path: string): FieldError[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return secondAppearances(list).map((index) => duplicate(`${path}[${index}]`, list[index]));
    case 'map':
      return validateListMap(schema['x-kubernetes-list-map-keys'] ?? [], list, path);
    default:
      return [];
  }
}

function validateListMap(names: readonly string[], list: readonly unknown[], path: string): FieldError[] {
  const stranger = list.findIndex((item) => item !== null && !isJsonMap(item));
  if (stranger >= 0) {
    return [invalid(`${path}[${stranger}]`, list[stranger], 'must be an object for an array of list-type map')];
  }
  const keys = list.map((item) => keysOf(names, (item ?? {}) as JsonMap));
  return secondAppearances(keys).map((index) => duplicate(`${path}[${index}]`, keys[index]));
}

function keysOf(names: readonly string[], item: JsonMap): JsonMap {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(item, name)).map((name) => [name, item[name]]));
}

/** Positions of values that stand in the list a second time; third and later appearances are not told again. */
function secondAppearances(list: readonly unknown[]): number[] {
  const seen = new Map<string, number>();
  return list.flatMap((item, index) => {
    const text = canonical(item);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2 ? [index] : [];
  });
}

/** JSON with sorted keys: equal for equal values. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    isJsonMap(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
