/**
 * Turns a protobuf message of a known type into the JSON object Go would have written.
 *
 * Go sends every field that is not a pointer, zeros too; its JSON leaves those out unless the field is required. Fields
 * of unknown numbers come from newer clients and are skipped, as every protobuf reader does. Only the schemas of custom
 * resources contain themselves; how deep they may is limited.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import { type JsonObject, setField } from '../../../helper/patch/json-object';
import { findMessage, type MessageField } from './messages';
import { integer, SPECIAL_TYPES, UNIONS, utf8 } from './special-types';
import { FIXED64, LENGTH_DELIMITED, malformed, readFields, readPacked, VARINT, type WireField } from './wire-reader';

/** Scalar types: what JSON value a field holds. */
const SCALARS: Readonly<Record<string, (field: WireField) => unknown>> = {
  string: ({ bytes }) => utf8(bytes),
  bytes: ({ bytes }) => Buffer.from(bytes).toString('base64'),
  bool: ({ varint }) => varint !== 0n,
  int32: ({ varint }) => Number(BigInt.asIntN(32, varint)),
  int64: ({ varint }) => integer(varint),
  double: ({ bytes }) => Buffer.from(bytes).readDoubleLE(),
};
/** How the types that are no plain numbers are laid out. */
const WIRE_TYPES: Readonly<Record<string, number>> = {
  string: LENGTH_DELIMITED,
  bytes: LENGTH_DELIMITED,
  double: FIXED64,
};
const ZERO_SCALARS: Readonly<Record<string, unknown>> = {
  string: '',
  bytes: '',
  bool: false,
  int32: 0,
  int64: 0,
  double: 0,
};
const MAX_DEPTH = 200;

/** The JSON object of `bytes` read as the message `fullName` (`core/v1.Pod`); throws badRequest when they are none. */
export function decodeMessage(fullName: string, bytes: Uint8Array, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) throw malformed(`it is nested more than ${MAX_DEPTH} deep`);
  const target: JsonObject = {};
  decodeInto(target, fullName, bytes, depth);
  return target;
}

function decodeInto(target: JsonObject, fullName: string, bytes: Uint8Array, depth: number): void {
  const message = findMessage(fullName);
  if (!message) throw new Error(`wire-fields.json refers to ${fullName}, which it does not have`);
  for (const wire of readFields(bytes)) {
    const field = message.get(wire.number);
    if (!field) continue;
    if (field.inlined) decodeInto(target, field.type, lengthDelimited(wire, field), depth);
    else if (field.shape === 'list') appendItems(target, field, wire, depth);
    else if (field.shape === 'map') addEntry(target, field, wire, depth);
    else setValue(target, field, decodeValue(field, wire, depth));
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

function decodeValue(field: MessageField, wire: WireField, depth: number): unknown {
  const scalar = Object.hasOwn(SCALARS, field.type) ? SCALARS[field.type] : undefined;
  if (!scalar) {
    const bytes = lengthDelimited(wire, field);
    const special = Object.hasOwn(SPECIAL_TYPES, field.type) ? SPECIAL_TYPES[field.type] : undefined;
    if (special) return special(bytes);
    const decoded = decodeMessage(field.type, bytes, depth + 1);
    const union = Object.hasOwn(UNIONS, field.type) ? UNIONS[field.type] : undefined;
    return union ? union(decoded) : decoded;
  }
  if (wire.type !== (WIRE_TYPES[field.type] ?? VARINT)) throw malformed(`${field.name} has the wire type ${wire.type}`);
  return scalar(wire);
}

function appendItems(target: JsonObject, field: MessageField, wire: WireField, depth: number): void {
  const list = (target[field.name] ?? []) as unknown[];
  target[field.name] = list;
  const isPacked = wire.type === LENGTH_DELIMITED && ['bool', 'int32', 'int64'].includes(field.type);
  if (!isPacked) {
    list.push(decodeValue(field, wire, depth));
    return;
  }
  for (const varint of readPacked(wire.bytes)) list.push(SCALARS[field.type]?.({ ...wire, varint }));
}

/** A map is a list of messages with key 1 and value 2; what is missing is zero. */
const MAP_KEY = 1;
const MAP_VALUE = 2;

function addEntry(target: JsonObject, field: MessageField, wire: WireField, depth: number): void {
  const map = (target[field.name] ?? {}) as JsonObject;
  target[field.name] = map;
  let key = '';
  let value: unknown = ZERO_SCALARS[field.type] ?? (field.type === 'Quantity' ? '0' : []);
  for (const part of readFields(lengthDelimited(wire, field))) {
    if (part.number === MAP_KEY) key = utf8(lengthDelimited(part, field));
    if (part.number === MAP_VALUE) value = decodeValue(field, part, depth);
  }
  setField(map, key, value);
}
