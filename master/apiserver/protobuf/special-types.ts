/**
 * Types whose JSON form is not that of their message: times, quantities, int-or-string, raw JSON, lists with a name.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/
 */
import { exactInteger } from '../../../helper/api/schema/exact-numbers';
import { badRequest } from '../../../helper/api/status-error';
import { LENGTH_DELIMITED, malformed, readFields, type WireField } from './wire-reader';

type Decode = (message: Uint8Array) => unknown;

/** By type name; each gives the JSON value, or undefined for a value that is none (the zero time). */
export const SPECIAL_TYPES: Readonly<Record<string, Decode>> = {
  Quantity: (message) => textOf(find(message, 1)) || '0',
  Time: (message) => timeText(message, 0),
  MicroTime: (message) => timeText(message, 6),
  IntOrString: (message) => (numberOf(find(message, 1)) === 1 ? textOf(find(message, 3)) : numberOf(find(message, 2))),
  RawExtension: (message) => jsonOf(find(message, 1)),
  FieldsV1: (message) => jsonOf(find(message, 1)),
  JSON: (message) => jsonOf(find(message, 1)),
  ExtraValue: (message) => texts(message),
};

/** Messages that stand for one of several shapes: what the JSON value is, by the fields that were set. */
export const UNIONS: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => unknown>> = {
  'apiextensions/v1.JSONSchemaPropsOrArray': ({ schema, jSONSchemas }) => schema ?? jSONSchemas,
  'apiextensions/v1.JSONSchemaPropsOrBool': ({ schema, allows }) => schema ?? allows ?? false,
  'apiextensions/v1.JSONSchemaPropsOrStringArray': ({ schema, property }) => schema ?? property ?? [],
};

/** UTF-8 text; bytes that are none become replacement characters. */
export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** The value of a signed integer field. Throws BadRequest for one that would lose digits. */
export function integer(value: bigint): number {
  const exact = BigInt.asIntN(64, value);
  const number = Number(exact);
  if (Number.isSafeInteger(number)) return number;
  try {
    return exactInteger('', exact) as number;
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

/** The last field of that number, as protobuf has it. */
function find(message: Uint8Array, number: number): WireField | undefined {
  let found: WireField | undefined;
  for (const field of readFields(message)) {
    if (field.number === number) found = field;
  }
  return found;
}

const textOf = (field: WireField | undefined) => (field ? utf8(field.bytes) : '');
const numberOf = (field: WireField | undefined) => (field ? integer(field.varint) : 0);

function texts(message: Uint8Array): string[] {
  return [...readFields(message)].filter(({ number }) => number === 1).map(({ bytes }) => utf8(bytes));
}

function jsonOf(field: WireField | undefined): unknown {
  if (!field || field.type !== LENGTH_DELIMITED || field.bytes.length === 0) return undefined;
  try {
    return JSON.parse(utf8(field.bytes));
  } catch {
    throw malformed('an embedded object is not JSON');
  }
}

/** Seconds and nanoseconds as RFC 3339; an empty message is no time at all, not 1970. */
function timeText(message: Uint8Array, fractionDigits: 0 | 6): string | undefined {
  if (message.length === 0) return undefined;
  const date = new Date(numberOf(find(message, 1)) * 1000);
  if (Number.isNaN(date.getTime())) throw malformed('a time is out of range');
  const seconds = date.toISOString().replace(/\.\d+Z$/, '');
  if (fractionDigits === 0) return `${seconds}Z`;
  const micros = Math.floor(numberOf(find(message, 2)) / 1000);
  if (micros < 0 || micros > 999_999) throw malformed('a time is out of range');
  return `${seconds}.${String(micros).padStart(6, '0')}Z`;
}
