/**
 * The type an expression sees for a value of a structural schema: objects with the schema's properties, numbers by their kind, dates and
 * durations as such. What the schema leaves open cannot be named in expressions.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import { isJsonMap, type JsonSchema, valuesOf } from '../../../helper/api/apiextensions/schema/json-schema';
import { escapeField } from './field-names';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  objectOf,
  STRING,
  TIMESTAMP,
} from './types';

const STRING_FORMATS: Readonly<Record<string, CelType>> = {
  byte: BYTES,
  date: TIMESTAMP,
  'date-time': TIMESTAMP,
  duration: DURATION,
};
const METADATA = objectOf('metadata', [
  ['name', STRING],
  ['generateName', STRING],
]);

/** The type of values of the schema. `isRoot`: a whole object, whose metadata is known whatever the schema says. */
export function schemaType(schema: JsonSchema, isRoot = false): CelType {
  if (schema['x-kubernetes-int-or-string']) return DYN;
  switch (schema.type) {
    case 'boolean':
      return BOOL;
    case 'integer':
      return INT;
    case 'number':
      return DOUBLE;
    case 'string':
      return (schema.format && STRING_FORMATS[schema.format]) || STRING;
    case 'array':
      return listOf(schema.items ? schemaType(schema.items) : DYN);
    case 'object':
      return objectType(schema, isRoot || schema['x-kubernetes-embedded-resource'] === true);
    default:
      return DYN;
  }
}

function objectType(schema: JsonSchema, isWhole: boolean): CelType {
  const values = valuesOf(schema);
  if (values) return mapOf(STRING, schemaType(values));
  const fields = new Map<string, CelType>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeField(name);
    if (escaped !== undefined && isJsonMap(property)) fields.set(escaped, schemaType(property));
  }
  if (isWhole) {
    fields.set('apiVersion', STRING).set('kind', STRING).set('metadata', METADATA);
  } else if (fields.size === 0) {
    return schema['x-kubernetes-preserve-unknown-fields'] ? DYN : objectOf('object', []);
  }
  return objectOf('object', fields);
}
