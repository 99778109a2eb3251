/**
 * Reads protobuf's wire format: a run of (number, type, value) with no names in it.
 *
 * Everything is checked against the end of the buffer, so that broken bytes are an error and never a loop or a read
 * outside. What the numbers mean stands in `messages.ts`.
 * https://protobuf.dev/programming-guides/encoding/
 */
import { badRequest } from '../../../helper/api/status-error';

/** How the value of a field is laid out; groups (3, 4) are long obsolete and refused. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** One field as it stands on the wire. `bytes` is set for length-delimited fields, `varint` for numbers. */
export interface WireField {
  readonly number: number;
  readonly type: number;
  readonly varint: bigint;
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const MAX_VARINT_BYTES = 10;

/** A protobuf message that breaks off or contradicts itself. */
export const malformed = (what: string) => badRequest(`the protobuf message is malformed: ${what}`);

/** The fields of one message in their order; throws badRequest when the bytes are no message. */
export function* readFields(message: Uint8Array): Generator<WireField> {
  const cursor = { bytes: message, at: 0 };
  while (cursor.at < message.length) {
    const tag = Number(BigInt.asUintN(32, readVarint(cursor)));
    const [number, type] = [tag >>> 3, tag & 7];
    if (number === 0) throw malformed('a field has the number 0');
    yield readValue(cursor, number, type);
  }
}

/** The numbers of a packed list. */
export function readPacked(bytes: Uint8Array): bigint[] {
  const cursor = { bytes, at: 0 };
  const values: bigint[] = [];
  while (cursor.at < bytes.length) values.push(readVarint(cursor));
  return values;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function readValue(cursor: Cursor, number: number, type: number): WireField {
  switch (type) {
    case VARINT:
      return { number, type, varint: readVarint(cursor), bytes: NOTHING };
    case LENGTH_DELIMITED:
      return { number, type, varint: 0n, bytes: readBytes(cursor, Number(readVarint(cursor))) };
    case FIXED64:
      return { number, type, varint: 0n, bytes: readBytes(cursor, 8) };
    case FIXED32:
      return { number, type, varint: 0n, bytes: readBytes(cursor, 4) };
    default:
      throw malformed(`field ${number} has the wire type ${type}`);
  }
}

/** Seven bits a byte, lowest first; the highest bit says that more follow. */
function readVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let index = 0; index < MAX_VARINT_BYTES; index++) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw malformed('it ends inside a number');
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw malformed(`a number is longer than ${MAX_VARINT_BYTES} bytes`);
}

function readBytes(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw malformed('it ends inside a field');
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}
