/**
 * Checks that a schema is a tree of schemas: parts that may be one thing or another (`items`, `additionalProperties`) are not typed
 * by the published schema of definitions, so whatever a client sent may stand there.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
 */
import { type FieldError, typeInvalid } from '../../field-error';
import { checkStructure } from '../../schema/check-structure';
import { childPath, isJsonMap, type JsonSchema, propertyPath } from './json-schema';

const SCHEMA_PROPS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

/** Parts that are no schemas; empty when everything can be walked. */
export function checkSchemaStructure(schema: unknown, path: string): FieldError[] {
  if (!isJsonMap(schema)) return [typeInvalid(path, schema, 'object')];
  return checkParts(schema as JsonSchema, path);
}

/** Parts the published schema types are checked already; what stands in the untyped ones is checked as if it were typed. */
function checkParts(schema: JsonSchema, path: string): FieldError[] {
  const { items, additionalProperties: values } = schema;
  const errors: FieldError[] = [];
  if (items !== undefined && !Array.isArray(items)) errors.push(...checkUntyped(items, childPath(path, 'items')));
  if (values !== undefined && typeof values !== 'boolean') {
    errors.push(...checkUntyped(values, childPath(path, 'additionalProperties')));
  }
  for (const name of Object.keys(schema.properties ?? {})) {
    errors.push(...checkSchemaStructure(schema.properties?.[name], propertyPath(path, name)));
  }
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [index, inner] of (schema[name] ?? []).entries()) {
      errors.push(...checkSchemaStructure(inner, `${childPath(path, name)}[${index}]`));
    }
  }
  return schema.not === undefined ? errors : [...errors, ...checkSchemaStructure(schema.not, childPath(path, 'not'))];
}

function checkUntyped(value: unknown, path: string): FieldError[] {
  const { errors } = checkStructure(SCHEMA_PROPS, value);
  if (errors.length > 0)
    return errors.map((error) => ({ ...error, field: error.field ? childPath(path, error.field) : path }));
  return checkParts(value as JsonSchema, path);
}
