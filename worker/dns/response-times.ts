/**
 * How long an upstream's answer may be kept, and the same answer some seconds older. Works on the bytes as they came.
 *
 * What exists is kept as long as the shortest of its records says, what does not as long as the zone's SOA says (RFC 2308).
 */
import { HEADER_BYTES } from './query';

export interface ResponseTimes {
  /** 0: not to be kept */
  readonly keepSeconds: number;
  /** where the time to live of each record stands */
  readonly offsets: readonly number[];
}

const SOA = 6;
const OPT = 41;
const NO_SUCH_NAME = 3;
const TRUNCATED = 0x0200;
/** Kubernetes' default configuration of its DNS server keeps answers this long at most. */
const MAX_KEEP_SECONDS = 30;
const NOTHING: ResponseTimes = { keepSeconds: 0, offsets: [] };

function skipName(message: Buffer, start: number): number {
  let at = start;
  while (at < message.length) {
    const length = message[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += length + 1;
  }
  throw new RangeError('a name ends after the message');
}

/** Throws RangeError on a message that ends too early. */
export function responseTimes(message: Buffer): ResponseTimes {
  const flags = message.readUInt16BE(2);
  const code = flags & 0xf;
  if ((flags & TRUNCATED) !== 0 || (code !== 0 && code !== NO_SUCH_NAME)) return NOTHING;
  const [questions = 0, answers = 0, authority = 0, additional = 0] = [4, 6, 8, 10].map((at) =>
    message.readUInt16BE(at),
  );
  let at = HEADER_BYTES;
  for (let index = 0; index < questions; index++) at = skipName(message, at) + 4;
  const offsets: number[] = [];
  let keepSeconds = answers > 0 ? MAX_KEEP_SECONDS : 0;
  for (let index = 0; index < answers + authority + additional; index++) {
    at = skipName(message, at);
    const type = message.readUInt16BE(at);
    const ttl = message.readUInt32BE(at + 4);
    const end = at + 10 + message.readUInt16BE(at + 8);
    if (type !== OPT) offsets.push(at + 4);
    if (index < answers) keepSeconds = Math.min(keepSeconds, ttl);
    else if (answers === 0 && type === SOA) {
      keepSeconds = Math.min(MAX_KEEP_SECONDS, ttl, message.readUInt32BE(end - 4));
    }
    at = end;
  }
  return { keepSeconds, offsets };
}

/** A copy whose records have `seconds` less to live. */
export function olderBy(message: Buffer, times: ResponseTimes, seconds: number): Buffer {
  const copy = Buffer.from(message);
  for (const offset of times.offsets) copy.writeUInt32BE(Math.max(0, copy.readUInt32BE(offset) - seconds), offset);
  return copy;
}
