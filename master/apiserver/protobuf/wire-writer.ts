/**
 * Writes protobuf's wire format: every field is its number and wire type, then its value.
 *
 * The counterpart of `wire-reader.ts`; what the numbers mean is the business of the caller.
 * https://protobuf.dev/programming-guides/encoding/
 */
import { FIXED64, LENGTH_DELIMITED, VARINT } from './wire-reader';

/** A field of bytes: a string, or a message inside the message. */
export function delimited(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([tag(number, LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes]);
}

/** A field that is a whole number; booleans are 0 and 1. */
export function numberField(number: number, value: bigint): Buffer {
  return Buffer.concat([tag(number, VARINT), varint(value)]);
}

/** A field that is a floating point number of 64 bits. */
export function doubleField(number: number, value: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(value);
  return Buffer.concat([tag(number, FIXED64), eight]);
}

/** Seven bits a byte, lowest first; the highest bit says that more follow. Negative numbers take ten bytes. */
export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

const tag = (number: number, wireType: number) => varint(BigInt((number << 3) | wireType));
