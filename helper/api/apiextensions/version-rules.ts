/**
 * Rules of what stands in each version of a definition beside its schema: subresources, printed columns, selectable fields, the
 * warning of a version that goes away.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#advanced-topics
 */
import type { CustomResourceColumnDefinition, CustomResourceSubresources } from 'kubernetes-types/apiextensions/v1';
import { duplicate, type FieldError, invalid, required, tooMany } from '../field-error';
import type { DefinitionVersion } from './definition';
import { type JsonSchema, propertyOf } from './schema/json-schema';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MAX_SELECTABLE_FIELDS = 8;
const MAX_WARNING_BYTES = 256;

function validatePath(text: string, path: string): FieldError[] {
  return text.startsWith('.') ? [] : [invalid(path, text, 'must be a simple json path starting with .')];
}

/** One column of `kubectl get`. */
export function validateColumn(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (!column.name) errors.push(required(`${path}.name`));
  if (!column.type) errors.push(required(`${path}.type`, types));
  else if (!COLUMN_TYPES.includes(column.type)) errors.push(invalid(`${path}.type`, column.type, types));
  if (column.format && !COLUMN_FORMATS.includes(column.format)) {
    errors.push(invalid(`${path}.format`, column.format, `must be one of ${COLUMN_FORMATS.join(',')}`));
  }
  if (!column.jsonPath) return [...errors, required(`${path}.JSONPath`)];
  return [...errors, ...validatePath(column.jsonPath, `${path}.JSONPath`)];
}

/** A path that must lie below one of these. */
function validatePathBelow(text: string, roots: readonly string[], detail: string, path: string): FieldError[] {
  const errors = validatePath(text, path);
  if (errors.length > 0 || roots.some((root) => text.startsWith(root))) return errors;
  return [invalid(path, text, detail)];
}

/** Where the scale subresource finds its numbers. */
export function validateSubresources({ scale }: CustomResourceSubresources, path: string): FieldError[] {
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const below = (text: string, root: 'spec' | 'status', at: string) =>
    text ? validatePathBelow(text, [`.${root}.`], `should be a json path under .${root}`, at) : [required(at)];
  return [
    ...below(specReplicasPath, 'spec', `${path}.scale.specReplicasPath`),
    ...below(statusReplicasPath, 'status', `${path}.scale.statusReplicasPath`),
    ...(labelSelectorPath
      ? validatePathBelow(
          labelSelectorPath,
          ['.spec.', '.status.'],
          'should be a json path under either .spec or .status',
          `${path}.scale.labelSelectorPath`,
        )
      : []),
  ];
}

/** The schema at `.spec.color`; undefined when the schema describes no such field. */
function schemaAt(schema: JsonSchema, jsonPath: string): JsonSchema | undefined {
  let place: JsonSchema | undefined = schema;
  for (const name of jsonPath.slice(1).split('.')) place = place && propertyOf(place, name);
  return place;
}

/** Fields that `--field-selector` may name. */
export function validateSelectableFields(version: DefinitionVersion, path: string): FieldError[] {
  const fields = version.selectableFields ?? [];
  const schema = version.schema?.openAPIV3Schema;
  if (fields.length === 0 || !schema) return [];
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, { jsonPath }] of fields.entries()) {
    const at = `${path}[${index}].jsonPath`;
    if (!jsonPath) errors.push(required(at));
    else errors.push(...validateSelectable(schema, jsonPath, at));
    if (jsonPath && seen.has(jsonPath)) errors.push(duplicate(at, jsonPath));
    seen.add(jsonPath);
  }
  return seen.size > MAX_SELECTABLE_FIELDS ? [...errors, tooMany(path, seen.size, MAX_SELECTABLE_FIELDS)] : errors;
}

function validateSelectable(schema: JsonSchema, jsonPath: string, path: string): FieldError[] {
  if (!/^\.[A-Za-z_]/.test(jsonPath)) return [invalid(path, jsonPath, 'is an invalid path: must start with .')];
  if (jsonPath.startsWith('.metadata.')) return [invalid(path, jsonPath, 'must not point to fields in metadata')];
  const found = schemaAt(schema, jsonPath);
  if (!found) return [invalid(path, jsonPath, 'is an invalid path: does not refer to a valid field')];
  if (['string', 'boolean', 'integer'].includes(found.type ?? '')) return [];
  const detail =
    'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
  return [invalid(path, jsonPath, detail)];
}

/** The text users of a version read that goes away. */
export function validateDeprecation({ deprecated, deprecationWarning }: DefinitionVersion, path: string): FieldError[] {
  if (deprecationWarning === undefined || deprecationWarning === null) return [];
  const refuse = (detail: string) => invalid(`${path}.deprecationWarning`, deprecationWarning, detail);
  if (!deprecated) return [refuse('can only be set for deprecated versions')];
  const errors: FieldError[] = [];
  if (Buffer.byteLength(deprecationWarning) > MAX_WARNING_BYTES) errors.push(refuse('must be <= 256 characters long'));
  if (deprecationWarning === '') errors.push(refuse('must not be an empty string'));
  const control = deprecationWarning.search(/\p{C}/u);
  if (control >= 0) {
    const detail = `must only contain printable UTF-8 characters; non-printable character found at index ${control}`;
    errors.push(refuse(detail));
  }
  return errors;
}
