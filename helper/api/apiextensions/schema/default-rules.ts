/**
 * Defaults of a schema must fit the schema: nothing unknown in them, and valid by themselves.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
import { type FieldError, invalid } from '../../field-error';
import { childPath, type JsonSchema, propertyOf, propertyPath } from './json-schema';
import { pruneValue } from './prune-value';
import { validateValue } from './validate-value';

/** All that is wrong with defaults anywhere in a structural schema. Values of maps have none. */
export function validateDefaults(schema: JsonSchema, path: string): FieldError[] {
  const errors = schema.default === undefined ? [] : validateDefault(schema, childPath(path, 'default'));
  if (schema.items) errors.push(...validateDefaults(schema.items, childPath(path, 'items')));
  for (const name of Object.keys(schema.properties ?? {})) {
    const property = propertyOf(schema, name);
    if (property) errors.push(...validateDefaults(property, propertyPath(path, name)));
  }
  return errors;
}

function validateDefault(schema: JsonSchema, path: string): FieldError[] {
  const pruned = structuredClone(schema.default);
  if (pruneValue(schema, pruned).length > 0) return [invalid(path, schema.default, 'must not have unknown fields')];
  // The validator names the value by its own path, which inside a default is empty.
  return validateValue(schema, schema.default).map((error) => ({
    ...error,
    field: error.field === '<nil>' ? path : childPath(path, error.field),
  }));
}
