/**
 * Does a value fit a schema: the validation of custom resources, in Kubernetes' words.
 *
 * The walk collects faults; a fault that belongs to no single field (anyOf, oneOf, allOf, not) has the path `<nil>`, as in
 * Kubernetes. Of several alternatives that all fail, the faults of the one that came closest are shown. Parts that an update
 * leaves as they were are not judged again: a newer schema must not block changes elsewhere.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
 */
import { type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../../field-error';
import { sameValue } from '../../validate-metadata';
import { hasFormat } from './formats';
import { isJsonMap, type JsonMap, type JsonSchema, propertyOf, valuesOf } from './json-schema';
import { compilePattern } from './pattern';

/** What a walk over a part of the value found. */
interface Outcome {
  readonly errors: FieldError[];
  /** checks that passed: how close an alternative came */
  passed: number;
}

/**
 * All that is wrong with the value; empty when it fits. `path` is that of the value: '' for a whole object. `old` is the value
 * before an update, undefined when there was none.
 */
export function validateValue(schema: JsonSchema, value: unknown, path = '', old?: unknown): FieldError[] {
  const outcome: Outcome = { errors: [], passed: 0 };
  check(schema, value, path, outcome, old);
  return outcome.errors;
}

/** The name a message gives a field: Kubernetes' validator prints `spec.replicas in body`. */
const body = (path: string) => `${path} in body`;
/** Fields of the top level have a leading dot when they are missing. */
const fieldOf = (path: string) => path.replace(/^\./, '') || '<nil>';

const fault = (path: string, value: unknown, detail: string) =>
  invalid(fieldOf(path), value, `${body(path)} ${detail}`);

/** JSON's name of a value's type. */
function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function check(schema: JsonSchema, value: unknown, path: string, outcome: Outcome, old?: unknown): void {
  if (old !== undefined && sameValue(value, old)) return;
  if (checkType(schema, value, path, outcome) && value !== null) {
    checkCombinations(schema, value, path, outcome, old);
    if (typeof value === 'string') checkString(schema, value, path, outcome);
    else if (typeof value === 'number') checkNumber(schema, value, path, outcome);
    else if (Array.isArray(value)) checkList(schema, value, path, outcome, old);
    else if (isJsonMap(value)) checkMap(schema, value, path, outcome, isJsonMap(old) ? old : undefined);
  }
  checkEnum(schema, value, path, outcome);
}

/** False when the type is wrong: then nothing else about the value is worth saying. */
function checkType(schema: JsonSchema, value: unknown, path: string, outcome: Outcome): boolean {
  const expected = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  const actual = typeOf(value);
  const fits =
    expected.length === 0 ||
    expected.includes(actual) ||
    (actual === 'null' && schema.nullable === true) ||
    (actual === 'integer' && expected.includes('number'));
  if (!fits) {
    const detail = `${body(path)} must be of type ${expected.join(',')}: ${JSON.stringify(actual)}`;
    outcome.errors.push({ ...invalid(fieldOf(path), actual, detail), reason: 'FieldValueTypeInvalid' });
    return false;
  }
  outcome.passed++;
  return true;
}

function checkString(schema: JsonSchema, value: string, path: string, outcome: Outcome): void {
  const { errors } = outcome;
  const { maxLength, minLength, pattern, format } = schema;
  if (maxLength !== undefined || minLength !== undefined) {
    const length = [...value].length;
    if (maxLength !== undefined && length > maxLength) errors.push(tooLong(fieldOf(path), maxLength));
    if (minLength !== undefined && length < minLength) {
      errors.push(fault(path, value, `should be at least ${minLength} chars long`));
    }
  }
  if (pattern && !compilePattern(pattern).test(value)) errors.push(fault(path, value, `should match '${pattern}'`));
  if (format && schema.type === 'string' && !hasFormat(format, value)) {
    const detail = `${body(path)} must be of type ${format}: ${JSON.stringify(value)}`;
    errors.push({ ...invalid(fieldOf(path), value, detail), reason: 'FieldValueTypeInvalid' });
  }
  outcome.passed++;
}

function checkNumber(schema: JsonSchema, value: number, path: string, { errors }: Outcome): void {
  const { maximum, minimum, multipleOf, exclusiveMaximum, exclusiveMinimum } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    errors.push(fault(path, value, `should be a multiple of ${multipleOf}`));
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(fault(path, value, `should be less than${exclusiveMaximum ? '' : ' or equal to'} ${maximum}`));
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(fault(path, value, `should be greater than${exclusiveMinimum ? '' : ' or equal to'} ${minimum}`));
  }
}

/** Fractions are multiples when the quotient is whole within the precision of a double. */
function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function checkList(schema: JsonSchema, list: readonly unknown[], path: string, outcome: Outcome, old: unknown): void {
  const { items, minItems, maxItems } = schema;
  const oldItem = items && Array.isArray(old) ? itemFinder(schema, old) : undefined;
  if (items) {
    for (const [index, item] of list.entries()) check(items, item, `${path}[${index}]`, outcome, oldItem?.(item));
  }
  if (minItems !== undefined && list.length < minItems) {
    outcome.errors.push(fault(path, list.length, `should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && list.length > maxItems) {
    outcome.errors.push(tooMany(fieldOf(path), list.length, maxItems));
  }
  outcome.passed++;
}

/** Finds the item an item of a keyed list was before; items of other lists have no history. */
export function itemFinder(schema: JsonSchema, old: readonly unknown[]): ((item: unknown) => unknown) | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys) return undefined;
  const keyOf = (item: unknown) => (isJsonMap(item) ? JSON.stringify(keys.map((key) => item[key])) : '');
  const byKey = new Map(old.map((item) => [keyOf(item), item]));
  return (item) => byKey.get(keyOf(item));
}

function checkMap(schema: JsonSchema, map: JsonMap, path: string, outcome: Outcome, old: JsonMap | undefined): void {
  const { errors } = outcome;
  const keys = Object.keys(map);
  const { minProperties, maxProperties, additionalProperties } = schema;
  if (minProperties !== undefined && keys.length < minProperties) {
    errors.push(fault(path, keys.length, `should have at least ${minProperties} properties`));
    return;
  }
  if (maxProperties !== undefined && keys.length > maxProperties) {
    errors.push(fault(path, keys.length, `should have at most ${maxProperties} properties`));
    return;
  }
  const values = valuesOf(schema);
  for (const key of keys) {
    const property = propertyOf(schema, key);
    if (property) check(property, map[key], path ? `${path}.${key}` : key, outcome, old?.[key]);
    else if (values) check(values, map[key], `${path}.${key}`, outcome, old?.[key]);
    else if (additionalProperties === false) {
      errors.push(invalid(fieldOf(path), '', `${path}.${key} in body is a forbidden property`));
    }
  }
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(map, key)) errors.push(required(fieldOf(`${path}.${key}`)));
    else outcome.passed++;
  }
}

/** Deep equality of JSON values. */
function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function checkEnum(schema: JsonSchema, value: unknown, path: string, { errors }: Outcome): void {
  const allowed = schema.enum;
  if (!allowed || allowed.length === 0 || allowed.some((item) => item !== null && isSame(item, value))) return;
  const texts = allowed.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  errors.push(notSupported(fieldOf(path), value ?? 'null', texts));
}

/** A fault of a combination of schemas: it has no field. */
const combined = (path: string, detail: string) => invalid('<nil>', '', `${JSON.stringify(path)} must ${detail}`);

function checkCombinations(schema: JsonSchema, value: unknown, path: string, outcome: Outcome, old: unknown): void {
  const { allOf, anyOf, oneOf, not } = schema;
  const judge = (inner: JsonSchema) => {
    const result: Outcome = { errors: [], passed: 0 };
    check(inner, value, path, result, old);
    return result;
  };
  if (anyOf?.length) {
    const results = anyOf.map(judge);
    if (!results.some(({ errors }) => errors.length === 0)) {
      outcome.errors.push(combined(path, 'validate at least one schema (anyOf)'), ...closest(results));
    }
  }
  if (oneOf?.length) {
    const results = oneOf.map(judge);
    const valid = results.filter(({ errors }) => errors.length === 0).length;
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
      outcome.errors.push(combined(path, `validate one and only one schema (oneOf). ${found}`));
      if (valid === 0) outcome.errors.push(...closest(results));
    }
  }
  if (allOf?.length) {
    const results = allOf.map(judge);
    const valid = results.filter(({ errors }) => errors.length === 0).length;
    outcome.errors.push(...results.flatMap(({ errors }) => errors));
    if (valid < results.length) {
      outcome.errors.push(combined(path, `validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`));
    }
  }
  if (not && judge(not).errors.length === 0) outcome.errors.push(combined(path, 'not validate the schema (not)'));
}

/** The faults of the alternative that passed most checks. */
function closest(results: readonly Outcome[]): readonly FieldError[] {
  return results.reduce((best, result) => (result.passed > best.passed ? result : best)).errors;
}
