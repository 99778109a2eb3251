/**
 * Rules of single parts of a schema: what of JSON Schema is not for custom resources, and what Kubernetes' extensions for lists
 * and maps demand.
 *
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
 */
import { type FieldError, forbidden, invalid, notSupported, required } from '../../field-error';
import { childPath, type JsonSchema, OBJECT_FIELDS, propertyOf, propertyPath, valuesOf } from './json-schema';
import { validateRuleTexts } from './rule-texts';

/** What depends on where a schema stands. */
interface Place {
  readonly isRoot: boolean;
  /** why defaults are refused here; undefined where they are allowed */
  readonly noDefaults?: string;
  readonly isInsideMetadata: boolean;
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** Parts of JSON Schema that exist in the type of a definition and are refused in it. */
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

/** All that is wrong with the parts of the schema at `path`, walked from the root. */
export function validateSchemaParts(schema: JsonSchema, path: string): FieldError[] {
  return validateSchema(schema, path, { isRoot: true, isInsideMetadata: false });
}

function validateSchema(schema: JsonSchema, path: string, place: Place): FieldError[] {
  return [
    ...validateStandard(schema, path, place),
    ...validateMapRules(schema, path, place),
    ...innerSchemas(schema, path, place).flatMap(([inner, at, where]) => validateSchema(inner, at, where)),
    ...validateExtensions(schema, path),
    ...validateListRules(schema, path),
    ...validateRuleTexts(schema, path),
  ];
}

function validateStandard(schema: JsonSchema, path: string, { noDefaults, isInsideMetadata }: Place): FieldError[] {
  const { type } = schema;
  const errors: FieldError[] = [];
  if (type && !TYPES.includes(type)) errors.push(notSupported(childPath(path, 'type'), type, TYPES));
  if (schema.default !== undefined && noDefaults !== undefined) {
    errors.push(forbidden(childPath(path, 'default'), `must not be set ${noDefaults}`));
  }
  for (const name of UNSUPPORTED) {
    if ((schema as Record<string, unknown>)[name] !== undefined) {
      errors.push(forbidden(childPath(path, name), `${name} is not supported`));
    }
  }
  if (type === 'null') {
    errors.push(forbidden(childPath(path, 'type'), 'type cannot be set to null, use nullable as an alternative'));
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(childPath(path, 'items'), 'items must be a schema object and not an array'));
  }
  if (isInsideMetadata && schema['x-kubernetes-embedded-resource']) {
    errors.push(
      forbidden(childPath(path, 'x-kubernetes-embedded-resource'), 'must not be used inside of resource meta'),
    );
  }
  if (schema.uniqueItems) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbidden(childPath(path, 'uniqueItems'), detail));
  }
  return errors;
}

function validateMapRules(schema: JsonSchema, path: string, { isRoot }: Place): FieldError[] {
  const { additionalProperties, properties = {} } = schema;
  const at = childPath(path, 'additionalProperties');
  const errors: FieldError[] = [];
  if (additionalProperties === undefined) return errors;
  const restricts = additionalProperties !== true;
  if (restricts && Object.keys(properties).length > 0) {
    errors.push(forbidden(at, 'additionalProperties and properties are mutual exclusive'));
  }
  if (additionalProperties === false && !isRoot)
    errors.push(forbidden(at, 'additionalProperties cannot be set to false'));
  return errors;
}

/** The schemas directly inside a schema, each with its path and place. */
function innerSchemas(schema: JsonSchema, path: string, place: Place): [JsonSchema, string, Place][] {
  const found: [JsonSchema, string, Place][] = [];
  const below: Place = { ...place, isRoot: false };
  const values = valuesOf(schema);
  if (values) {
    const inMetadata = 'inside additionalProperties applying to object metadata';
    const where = place.isInsideMetadata ? { ...below, noDefaults: inMetadata } : below;
    found.push([values, childPath(path, 'additionalProperties'), where]);
  }
  for (const name of Object.keys(schema.properties ?? {})) {
    const property = propertyOf(schema, name);
    const isMetadata = (place.isRoot || schema['x-kubernetes-embedded-resource'] === true) && OBJECT_FIELDS.has(name);
    const inMetadata = place.isRoot ? { noDefaults: `in top-level ${name}` } : {};
    const where = isMetadata ? { ...below, isInsideMetadata: true, ...inMetadata } : below;
    if (property) found.push([property, propertyPath(path, name), where]);
  }
  if (schema.not) found.push([schema.not, childPath(path, 'not'), below]);
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const [index, inner] of (schema[name] ?? []).entries())
      found.push([inner, `${childPath(path, name)}[${index}]`, below]);
  }
  if (schema.items && !Array.isArray(schema.items)) found.push([schema.items, childPath(path, 'items'), below]);
  return found;
}

function validateExtensions(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const mapType = schema['x-kubernetes-map-type'];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const at = childPath(path, 'x-kubernetes-preserve-unknown-fields');
    errors.push(invalid(at, false, 'must be true or undefined'));
  }
  if (mapType === undefined) return errors;
  if (schema.type !== 'object') {
    errors.push(wrongType(schema, path, 'must be object if x-kubernetes-map-type is specified'));
  }
  if (mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupported(childPath(path, 'x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  }
  return errors;
}

const wrongType = ({ type }: JsonSchema, path: string, detail: string) =>
  type ? invalid(childPath(path, 'type'), type, detail) : required(childPath(path, 'type'), detail);

function validateListRules(schema: JsonSchema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const at = childPath(path, 'x-kubernetes-list-type');
  const errors: FieldError[] = [];
  if (listType !== undefined && schema.type !== 'array') {
    errors.push(wrongType(schema, path, 'must be array if x-kubernetes-list-type is specified'));
  } else if (listType === 'set' && schema.items)
    errors.push(...validateSetItems(schema.items, childPath(path, 'items')));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType)) {
    errors.push(notSupported(at, listType, ['atomic', 'set', 'map']));
  }
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(listType === undefined ? required(at, detail) : invalid(at, listType, detail));
  }
  if (listType === 'map') errors.push(...validateListMap(schema, keys, path));
  if ((listType === 'map' || listType === 'set') && schema.items?.nullable) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(forbidden(childPath(path, 'items.nullable'), detail));
  }
  return errors;
}

/** Items of a set are compared whole, so they must be owned whole. */
function validateSetItems(items: JsonSchema, path: string): FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const [listType, mapType] = [items['x-kubernetes-list-type'], items['x-kubernetes-map-type']];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalid(childPath(path, 'x-kubernetes-list-type'), listType, detail)];
  }
  if (items.type === 'object' && mapType !== 'atomic') {
    return [invalid(childPath(path, 'x-kubernetes-map-type'), mapType ?? 'null', detail)];
  }
  return [];
}

function validateListMap({ items }: JsonSchema, keys: readonly string[], path: string): FieldError[] {
  const at = childPath(path, 'x-kubernetes-list-map-keys');
  const errors: FieldError[] = [];
  if (keys.length === 0) errors.push(required(at, 'must not be empty if x-kubernetes-list-type is map'));
  if (!items)
    return [...errors, required(childPath(path, 'items'), 'must have a schema if x-kubernetes-list-type is map')];
  const itemsPath = childPath(path, 'items');
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(childPath(itemsPath, 'type'), items.type ?? '', detail)];
  }
  keys.forEach((key, index) => {
    const property = propertyOf(items, key);
    if (!property) errors.push(invalid(at, keys, 'entries must all be names of item properties'));
    else errors.push(...validateMapKey(items, property, key, propertyPath(itemsPath, key)));
    if (keys.indexOf(key) < index) errors.push(invalid(at, keys, 'must not contain duplicate entries'));
  });
  return errors;
}

function validateMapKey(items: JsonSchema, property: JsonSchema, key: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (property.type === 'array' || property.type === 'object') {
    const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(childPath(path, 'type'), items.type, detail));
  }
  if (!items.required?.includes(key) && property.default === undefined) {
    const detail =
      'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
    errors.push(required(childPath(path, 'default'), detail));
  }
  if (property.nullable) {
    const detail = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
    errors.push(forbidden(childPath(path, 'nullable'), detail));
  }
  return errors;
}
