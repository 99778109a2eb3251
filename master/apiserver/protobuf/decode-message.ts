/**
 * Turns a protobuf message of a known type into the JSON object Go would have written.
 *
 * Go sends every field that is not a pointer, zeros too; its JSON leaves those out unless the field is required. Fields
 * of unknown numbers come from newer clients and are skipped, as every protobuf reader does. Types do not contain
 * themselves, so nesting is bounded by the table.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import { type JsonObject, setField } from '../patch/json-object';
import { findMessage, type MessageField } from './messages';
import { integer, SPECIAL_TYPES, utf8 } from './special-types';
import { LENGTH_DELIMITED, malformed, readFields, readPacked, VARINT, type WireField } from './wire-reader';

/** Scalar types: what JSON value a field holds. */
const SCALARS: Readonly<Record<string, (field: WireField) => unknown>> = {
  string: ({ bytes }) => utf8(bytes),
  bytes: ({ bytes }) => Buffer.from(bytes).toString('base64'),
  bool: ({ varint }) => varint !== 0n,
  int32: ({ varint }) => Number(BigInt.asIntN(32, varint)),
  int64: ({ varint }) => integer(varint),
};
const LENGTH_DELIMITED_SCALARS = new Set(['string', 'bytes']);
const ZERO_SCALARS: Readonly<Record<string, unknown>> = { string: '', bytes: '', bool: false, int32: 0, int64: 0 };

/** The JSON object of `bytes` read as the message `fullName` (`core/v1.Pod`); throws badRequest when they are none. */
export function decodeMessage(fullName: string, bytes: Uint8Array): JsonObject {
  const target: JsonObject = {};
  decodeInto(target, fullName, bytes);
  return target;
}

function decodeInto(target: JsonObject, fullName: string, bytes: Uint8Array): void {
  const message = findMessage(fullName);
  if (!message) throw new Error(`wire-fields.json refers to ${fullName}, which it does not have`);
  for (const wire of readFields(bytes)) {
    const field = message.get(wire.number);
    if (!field) continue;
    if (field.inlined) decodeInto(target, field.type, lengthDelimited(wire, field));
    else if (field.shape === 'list') appendItems(target, field, wire);
    else if (field.shape === 'map') addEntry(target, field, wire);
    else setValue(target, field, decodeValue(field, wire));
  }
}

function setValue(target: JsonObject, field: MessageField, value: unknown): void {
  const isZero = field.type in ZERO_SCALARS && value === ZERO_SCALARS[field.type];
  if (value !== undefined && (field.keepsZero || !isZero)) target[field.name] = value;
}

function lengthDelimited(wire: WireField, field: MessageField): Uint8Array {
  if (wire.type !== LENGTH_DELIMITED) throw malformed(`${field.name} has the wire type ${wire.type}`);
  return wire.bytes;
}

function decodeValue(field: MessageField, wire: WireField): unknown {
  const scalar = Object.hasOwn(SCALARS, field.type) ? SCALARS[field.type] : undefined;
  if (!scalar) {
    const bytes = lengthDelimited(wire, field);
    const special = Object.hasOwn(SPECIAL_TYPES, field.type) ? SPECIAL_TYPES[field.type] : undefined;
    return special ? special(bytes) : decodeMessage(field.type, bytes);
  }
  const expected = LENGTH_DELIMITED_SCALARS.has(field.type) ? LENGTH_DELIMITED : VARINT;
  if (wire.type !== expected) throw malformed(`${field.name} has the wire type ${wire.type}`);
  return scalar(wire);
}

function appendItems(target: JsonObject, field: MessageField, wire: WireField): void {
  const list = (target[field.name] ?? []) as unknown[];
  target[field.name] = list;
  const isPacked = wire.type === LENGTH_DELIMITED && ['bool', 'int32', 'int64'].includes(field.type);
  if (!isPacked) {
    list.push(decodeValue(field, wire));
    return;
  }
  for (const varint of readPacked(wire.bytes)) list.push(SCALARS[field.type]?.({ ...wire, varint }));
}

/** A map is a list of messages with key 1 and value 2; what is missing is zero. */
const MAP_KEY = 1;
const MAP_VALUE = 2;

function addEntry(target: JsonObject, field: MessageField, wire: WireField): void {
  const map = (target[field.name] ?? {}) as JsonObject;
  target[field.name] = map;
  let key = '';
  let value: unknown = ZERO_SCALARS[field.type] ?? (field.type === 'Quantity' ? '0' : []);
  for (const part of readFields(lengthDelimited(wire, field))) {
    if (part.number === MAP_KEY) key = utf8(lengthDelimited(part, field));
    if (part.number === MAP_VALUE) value = decodeValue(field, part);
  }
  setField(map, key, value);
}
