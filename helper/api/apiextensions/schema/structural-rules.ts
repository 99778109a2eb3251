/**
 * What makes a schema structural: every field has a type where it stands, and combinations (allOf, anyOf, oneOf, not) only judge
 * values of fields that are described outside them. Only then can objects be pruned, defaulted and merged without guessing.
 *
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { type FieldError, forbidden, invalid, required } from '../../field-error';
import { childPath, type JsonSchema, propertyOf, propertyPath, valuesOf } from './json-schema';
import { compilePattern } from './pattern';

/** Where a schema stands; messages differ. */
type Level = 'root' | 'item' | 'field';

/** All that keeps the schema at `path` from being structural, sorted as Kubernetes does; empty when it is. */
export function validateStructural(schema: JsonSchema, path: string): FieldError[] {
  const errors = [...validateInvariants(schema, 'root', path), ...validateCompleteness(schema, schema, path)];
  return errors.sort((a, b) => (`${a.field}: ${a.message}` < `${b.field}: ${b.message}` ? -1 : 1));
}

function validateInvariants(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const at = (name: string) => childPath(path, name);
  const { type, items, properties = {}, additionalProperties } = schema;
  const errors: FieldError[] = [];
  if (type === 'array' && !items) errors.push(required(at('items'), 'must be specified'));
  if (items) errors.push(...validateInvariants(items, 'item', at('items')));
  for (const name of Object.keys(properties)) {
    const property = propertyOf(schema, name);
    // What metadata may say at the root is checked below; it says less than other fields.
    if (property) errors.push(...validateInvariants(property, 'field', propertyPath(path, name)));
  }
  const values = valuesOf(schema);
  if (additionalProperties !== undefined && level === 'root') {
    errors.push(forbidden(at('additionalProperties'), 'must not be used at the root'));
  }
  if (values) errors.push(...validateInvariants(values, 'field', at('additionalProperties')));
  return [
    ...errors,
    ...validateExtensions(schema, path),
    ...validateValueRules(schema, path),
    ...validateType(schema, level, path),
    ...validateObjectFields(schema, level, path),
  ];
}

function validateExtensions(schema: JsonSchema, path: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  const detail = 'must be false if x-kubernetes-int-or-string is true';
  const errors = (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((name) => schema[name])
    .map((name) => invalid(childPath(path, name), true, detail));
  if (schema.type) {
    errors.push(invalid(childPath(path, 'type'), schema.type, 'must be empty if x-kubernetes-int-or-string is true'));
  }
  return errors;
}

const MISSING_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function validateType(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const { type = '' } = schema;
  const at = childPath(path, 'type');
  const errors: FieldError[] = [];
  const embeds = schema['x-kubernetes-embedded-resource'] === true;
  const isOpen = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  if (embeds && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type ? invalid(at, type, detail) : required(at, detail));
  } else if (!type && !isOpen) errors.push(required(at, MISSING_TYPE[level]));
  if (embeds && schema.additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(forbidden(childPath(path, 'additionalProperties'), detail));
  }
  if (level === 'root' && type && type !== 'object') errors.push(invalid(at, type, 'must be object at the root'));
  return errors;
}

/** apiVersion, kind and metadata mean the same in every object; a schema may only restrict the name. */
function validateObjectFields(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const embeds = schema['x-kubernetes-embedded-resource'] === true;
  const errors: FieldError[] = [];
  if (level === 'root' || embeds) {
    for (const name of ['kind', 'apiVersion']) {
      const property = propertyOf(schema, name);
      if (property && property.type !== 'string') {
        errors.push(invalid(childPath(propertyPath(path, name), 'type'), property.type ?? '', 'must be string'));
      }
    }
    const metadata = propertyOf(schema, 'metadata');
    if (metadata) errors.push(...validateMetadataSchema(metadata, level, propertyPath(path, 'metadata')));
  }
  const isEmpty = Object.keys(schema.properties ?? {}).length === 0;
  if (embeds && !schema['x-kubernetes-preserve-unknown-fields'] && isEmpty) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(childPath(path, 'properties'), detail));
  }
  return errors;
}

const NAME_FIELDS = new Set(['name', 'generateName']);
const METADATA_RULES = new Set(['type', 'properties', 'description', 'default']);

function validateMetadataSchema(metadata: JsonSchema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.type !== 'object') errors.push(invalid(childPath(path, 'type'), metadata.type ?? '', 'must be object'));
  const fields = Object.keys(metadata.properties ?? {});
  const onlyNames = fields.every((name) => NAME_FIELDS.has(name));
  const onlyKnownRules = Object.keys(metadata).every((rule) => METADATA_RULES.has(rule)) && !metadata.description;
  if (level === 'root' && !(onlyNames && onlyKnownRules)) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbidden(path, detail));
  }
  return errors;
}

/** The two ways to write int-or-string with types inside a combination. */
function isIntOrString(schemas: readonly JsonSchema[] | undefined): boolean {
  const types = schemas?.map((schema) => (Object.keys(schema).length === 1 ? schema.type : undefined));
  return types?.length === 2 && types[0] === 'integer' && types[1] === 'string';
}

/** Rules of the judging part of a schema: combinations and the pattern. */
function validateValueRules(schema: JsonSchema, path: string): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not, pattern } = schema;
  const errors: FieldError[] = [];
  const list = (name: string, schemas: readonly JsonSchema[]) => {
    for (const [index, inner] of schemas.entries())
      errors.push(...validateNested(inner, `${childPath(path, name)}[${index}]`));
  };
  const isSpecial = schema['x-kubernetes-int-or-string'] === true;
  if (!(isSpecial && isIntOrString(anyOf))) list('anyOf', anyOf);
  const [first] = allOf;
  const isNestedSpecial = isSpecial && first !== undefined && isIntOrString(first.anyOf);
  list('allOf', isNestedSpecial ? [{ ...first, anyOf: [] }, ...allOf.slice(1)] : allOf);
  list('oneOf', oneOf);
  if (not) errors.push(...validateNested(not, childPath(path, 'not')));
  if (pattern) errors.push(...validatePattern(pattern, childPath(path, 'pattern')));
  return errors;
}

function validatePattern(pattern: string, path: string): FieldError[] {
  try {
    compilePattern(pattern);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [invalid(path, pattern, `must be a valid regular expression, but isn't: ${reason}`)];
  }
}

/** What may not stand inside a combination, and how Kubernetes says so. */
const FORBIDDEN_INSIDE: readonly (readonly [name: keyof JsonSchema, detail: string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function validateNested(schema: JsonSchema, path: string): FieldError[] {
  const errors = validateValueRules(schema, path);
  if (schema.items) errors.push(...validateNested(schema.items, childPath(path, 'items')));
  for (const name of Object.keys(schema.properties ?? {})) {
    const property = propertyOf(schema, name);
    if (property) errors.push(...validateNested(property, propertyPath(path, name)));
  }
  for (const [name, detail] of FORBIDDEN_INSIDE) {
    const value = schema[name];
    if (value !== undefined && value !== false && value !== '') errors.push(forbidden(childPath(path, name), detail));
  }
  if (propertyOf(schema, 'metadata')) {
    errors.push(forbidden(propertyPath(path, 'metadata'), 'must not be specified in a nested context'));
  }
  return errors;
}

/** Fields and items a combination speaks of must be described by the schema it belongs to as well. */
function validateCompleteness(outer: JsonSchema, judging: JsonSchema, path: string, at = path): FieldError[] {
  const errors: FieldError[] = [];
  const nested: readonly (readonly [JsonSchema, string])[] = [
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((name) =>
      (judging[name] ?? []).map((inner, index) => [inner, `${childPath(at, name)}[${index}]`] as const),
    ),
    ...(judging.not ? [[judging.not, childPath(at, 'not')] as const] : []),
  ];
  for (const [inner, place] of nested) {
    errors.push(...validateCompleteness(outer, inner, path, place));
    errors.push(...missingParts(outer, inner, path, place));
  }
  if (outer !== judging) return errors;
  const values = valuesOf(outer);
  if (outer.items) errors.push(...validateCompleteness(outer.items, outer.items, childPath(path, 'items')));
  if (values) errors.push(...validateCompleteness(values, values, childPath(path, 'additionalProperties')));
  for (const name of Object.keys(outer.properties ?? {})) {
    const property = propertyOf(outer, name);
    if (property) errors.push(...validateCompleteness(property, property, propertyPath(path, name)));
  }
  return errors;
}

/** `inner`, at `place` inside a combination, judges parts of what `outer`, at `path`, describes. */
function missingParts(outer: JsonSchema, inner: JsonSchema, path: string, place: string): FieldError[] {
  const errors: FieldError[] = [];
  if (inner.items) {
    const at = childPath(path, 'items');
    const judged = childPath(place, 'items');
    if (!outer.items) errors.push(required(at, `because it is defined in ${judged}`));
    else
      errors.push(
        ...missingParts(outer.items, inner.items, at, judged),
        ...validateCompleteness(outer.items, inner.items, at, judged),
      );
  }
  for (const name of Object.keys(inner.properties ?? {})) {
    const at = propertyPath(path, name);
    const judged = propertyPath(place, name);
    const [described, judging] = [propertyOf(outer, name), propertyOf(inner, name)];
    if (!judging) continue;
    if (!described) errors.push(required(at, `because it is defined in ${judged}`));
    else
      errors.push(
        ...missingParts(described, judging, at, judged),
        ...validateCompleteness(described, judging, at, judged),
      );
  }
  return errors;
}
