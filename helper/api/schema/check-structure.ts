/**
 * Checks that a decoded JSON object has the structure of its type: the part Go's decoder does in Kubernetes.
 *
 * Runs on every write before defaults and validation, so that those may trust the types. Each schema is compiled once
 * into nested functions; a pod takes microseconds. Null is an absent field, as in Go. Ranges and meanings are not
 * looked at here: that is validation.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
import { type FieldError, invalid, typeInvalid } from '../field-error';
import { isQuantity, QUANTITY_SYNTAX_MESSAGE } from '../quantity';
import type { WrongValue } from './decoding-error';
import { fieldPath } from './field-path';
import { schemaOf } from './load';
import type { FieldSchema, ScalarType } from './schema';

export interface StructureReport {
  /** Values of a wrong type; the object must be refused. */
  errors: FieldError[];
  /** Paths of fields the type does not have (`spec.containers[0].imge`): warned about, dropped or refused, as the client asked. */
  unknown: string[];
  /** The first of the errors as value and place, for messages that say it in other words. */
  first?: WrongValue;
}

/** State of one walk: where it is and what it found. */
interface Walk extends StructureReport {
  path: (string | number)[];
}

type Check = (value: unknown, walk: Walk) => void;

/** Deeper nesting than any real object has; Kubernetes also stops, at 10000. */
const MAX_DEPTH = 500;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const compiled = new Map<string, Check>();

/**
 * All wrong types and unknown fields of `value`, in its own order; both lists empty when it fits.
 * `schemaName` as in OpenAPI (`io.k8s.api.core.v1.Pod`); an unknown name throws.
 */
export function checkStructure(schemaName: string, value: unknown): StructureReport {
  const walk: Walk = { path: [], errors: [], unknown: [] };
  if (!isObject(value)) report(walk, value, 'object');
  else objectCheck(schemaName)(value, walk);
  return walk.first
    ? { errors: walk.errors, unknown: walk.unknown, first: walk.first }
    : { errors: walk.errors, unknown: walk.unknown };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function report(walk: Walk, value: unknown, expected: string): void {
  reportError(walk, value, typeInvalid(fieldPath(walk.path), value, expected));
}

function reportError(walk: Walk, value: unknown, error: FieldError): void {
  walk.first ??= { path: [...walk.path], value };
  walk.errors.push(error);
}

/** The compiled check of a type; types that contain themselves resolve when first reached. */
function objectCheck(schemaName: string): Check {
  let check = compiled.get(schemaName);
  if (!check) {
    check = compileObject(schemaName);
    compiled.set(schemaName, check);
  }
  return check;
}

function compileObject(schemaName: string): Check {
  const fields = new Map(
    Object.entries(schemaOf(schemaName).fields).map(([name, field]) => [name, compileField(field)]),
  );
  return (value, walk) => {
    if (!isObject(value)) return report(walk, value, 'object');
    if (walk.path.length > MAX_DEPTH) return report(walk, '...', `object nested at most ${MAX_DEPTH} deep`);
    for (const key of Object.keys(value)) {
      const check = fields.get(key);
      const inner = value[key];
      walk.path.push(key);
      if (!check) walk.unknown.push(fieldPath(walk.path));
      else if (inner !== null && inner !== undefined) check(inner, walk);
      walk.path.pop();
    }
  };
}

function compileField(field: FieldSchema): Check {
  if (field.type === 'ref') {
    let target: Check | undefined;
    return (value, walk) => {
      target ??= objectCheck(field.ref);
      target(value, walk);
    };
  }
  if (field.type === 'list') return compileList(compileField(field.items));
  if (field.type === 'map') return compileMap(compileField(field.values));
  return SCALAR_CHECKS[field.type];
}

function compileList(check: Check): Check {
  return (value, walk) => {
    if (!Array.isArray(value)) return report(walk, value, 'array');
    for (let index = 0; index < value.length; index++) {
      if (value[index] === null) continue;
      walk.path.push(index);
      check(value[index], walk);
      walk.path.pop();
    }
  };
}

function compileMap(check: Check): Check {
  return (value, walk) => {
    if (!isObject(value)) return report(walk, value, 'object');
    for (const key of Object.keys(value)) {
      if (value[key] === null) continue;
      walk.path.push(key);
      check(value[key], walk);
      walk.path.pop();
    }
  };
}

/** A check that reports `expected` unless the value passes. */
const scalar =
  (expected: string, passes: (value: unknown) => boolean): Check =>
  (value, walk) => {
    if (!passes(value)) report(walk, value, expected);
  };

const isInt32 = (value: unknown) => typeof value === 'number' && (value | 0) === value;
const isTime = (value: unknown) => typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));

/** Go's decoder lets line breaks stand between the characters. */
function isBase64(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const text = value.includes('\n') ? value.replace(/[\r\n]/g, '') : value;
  return text.length % 4 === 0 && BASE64.test(text);
}

const SCALAR_CHECKS: Record<ScalarType, Check> = {
  string: scalar('string', (value) => typeof value === 'string'),
  boolean: scalar('boolean', (value) => typeof value === 'boolean'),
  int32: scalar('integer', isInt32),
  int64: scalar('integer', (value) => Number.isInteger(value) && Math.abs(value as number) <= 2 ** 63),
  double: scalar('number', (value) => typeof value === 'number'),
  bytes: scalar('string of base64', isBase64),
  intOrString: scalar('integer or string', (value) => typeof value === 'string' || isInt32(value)),
  time: scalar('date-time (RFC 3339)', isTime),
  microTime: scalar('date-time (RFC 3339)', isTime),
  object: scalar('object', isObject),
  any: () => undefined,
  quantity: (value, walk) => {
    if (typeof value !== 'string' && typeof value !== 'number') return report(walk, value, 'quantity');
    if (!isQuantity(value)) reportError(walk, value, invalid(fieldPath(walk.path), value, QUANTITY_SYNTAX_MESSAGE));
  },
};
