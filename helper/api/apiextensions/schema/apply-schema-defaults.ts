/**
 * Fills in the defaults a schema names: on every write, and on every read of what was stored before the default existed.
 *
 * null where null is not allowed counts as absent: it takes the default, or goes when there is none.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
import { isJsonMap, type JsonMap, type JsonSchema, propertyOf, valuesOf } from './json-schema';

/** Changes `value` in place. Idempotent. */
export function applySchemaDefaults(schema: JsonSchema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applySchemaDefaults(schema.items, item);
  } else if (isJsonMap(value)) {
    fillFields(schema, value);
    descend(schema, value);
  }
}

function fillFields({ properties = {} }: JsonSchema, map: JsonMap): void {
  for (const name of Object.keys(properties)) {
    const property = properties[name];
    if (property?.default === undefined) continue;
    const isAbsent = !Object.hasOwn(map, name) || (map[name] === null && !property.nullable);
    if (isAbsent) map[name] = structuredClone(property.default);
  }
}

function descend(schema: JsonSchema, map: JsonMap): void {
  const values = valuesOf(schema);
  for (const key of Object.keys(map)) {
    const inner = propertyOf(schema, key) ?? values;
    if (!inner) continue;
    if (map[key] === null && !inner.nullable) delete map[key];
    else applySchemaDefaults(inner, map[key]);
  }
}

/** True when any part of the schema names a default: only then do reads of stored objects look. */
export function hasDefaults(schema: JsonSchema): boolean {
  if (schema.default !== undefined) return true;
  const values = valuesOf(schema);
  return (
    Object.values(schema.properties ?? {}).some(hasDefaults) ||
    (schema.items !== undefined && hasDefaults(schema.items)) ||
    (values !== undefined && hasDefaults(values))
  );
}
