/**
 * The type of a custom resource, from the OpenAPI schema in its definition.
 *
 * Where the schema says nothing, the value's own form decides: objects are granular, lists atomic.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import { getField, isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { asObjectType, DEDUCED, type FieldType, LEAF, listOf, type MapType, mapOf, typeOfKind } from './field-type';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const NO_SCHEMA = mapOf(DEDUCED);

/** The type of whole objects; `schema` is `openAPIV3Schema` of the version, undefined when it has none. */
export function customType(schema: JsonObject | undefined): MapType {
  const type = schema ? typeOfSchema(schema) : NO_SCHEMA;
  return asObjectType(type.kind === 'map' ? type : NO_SCHEMA);
}

function typeOfSchema(schema: unknown): FieldType {
  if (!isJsonObject(schema)) return DEDUCED;
  if (schema['x-kubernetes-int-or-string'] === true) return LEAF;
  switch (schema.type) {
    case 'object':
      return typeOfObject(schema);
    case 'array':
      return typeOfArray(schema);
    case undefined:
      return DEDUCED;
    default:
      return LEAF;
  }
}

function typeOfObject(schema: JsonObject): FieldType {
  if (schema['x-kubernetes-map-type'] === 'atomic') return LEAF;
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const fields = new Map(Object.entries(properties).map(([name, inner]) => [name, typeOfSchema(inner)]));
  if (schema['x-kubernetes-embedded-resource'] === true) {
    fields.set('apiVersion', LEAF).set('kind', LEAF).set('metadata', typeOfKind(OBJECT_META));
  }
  return { kind: 'map', fields, values: valuesOf(schema, fields.size > 0), alwaysPresent: new Set() };
}

/** The type of keys the schema does not name; undefined: there are none, they are pruned. */
function valuesOf(schema: JsonObject, hasFields: boolean): FieldType | undefined {
  if (isJsonObject(schema.additionalProperties)) return typeOfSchema(schema.additionalProperties);
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
  return isOpen || !hasFields ? DEDUCED : undefined;
}

function typeOfArray(schema: JsonObject): FieldType {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'map' && listType !== 'set') return LEAF;
  const items = typeOfSchema(schema.items);
  if (listType === 'set') return listOf(items, []);
  const keys = (schema['x-kubernetes-list-map-keys'] ?? []) as string[];
  return listOf(items, keys, keyDefaults(schema.items, keys));
}

function keyDefaults(items: unknown, keys: readonly string[]): Record<string, unknown> {
  const properties = isJsonObject(items) && isJsonObject(items.properties) ? items.properties : {};
  const defaults: Record<string, unknown> = {};
  for (const key of keys) {
    const property = getField(properties, key);
    if (isJsonObject(property) && property.default !== undefined) defaults[key] = property.default;
  }
  return defaults;
}
