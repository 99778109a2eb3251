/**
 * Reads a question off the wire: the package `dns-packet` decodes it, and this keeps what an answer needs.
 * https://datatracker.ietf.org/doc/html/rfc1035#section-4 · EDNS0: RFC 6891
 */
import { decode, type OptAnswer } from 'dns-packet';

export interface Query {
  readonly id: number;
  readonly opcode: string;
  /** lower case, without the last dot; the root is '' */
  readonly name: string;
  /** `A`, `SRV`, …; `UNKNOWN_65` for a type without a name */
  readonly type: string;
  readonly isInternetClass: boolean;
  readonly recursionDesired: boolean;
  /** the question's bytes as they came: an answer repeats them, capital letters included */
  readonly question: Buffer;
  /** bytes the client takes by UDP, when it said so (EDNS0) */
  readonly edns?: { readonly udpBytes: number; readonly hasOptions: boolean };
}

export const HEADER_BYTES = 12;
/** type and class */
const QUESTION_TAIL_BYTES = 4;
const RECURSION_DESIRED = 0x0100;

/** Where the name that starts at `offset` ends. Names in questions are never compressed. */
function endOfName(message: Buffer, offset: number): number {
  let at = offset;
  while (at < message.length && message[at] !== 0) at += (message[at] ?? 0) + 1;
  return at + 1;
}

/** Throws on what is not one question. */
export function readQuery(message: Buffer): Query {
  const packet = decode(message);
  const [question, ...others] = packet.questions ?? [];
  if (packet.type !== 'query' || !question || others.length > 0) throw new Error('expected a query with one question');
  const opt = packet.additionals?.find((record): record is OptAnswer => record.type === 'OPT');
  const end = endOfName(message, HEADER_BYTES) + QUESTION_TAIL_BYTES;
  return {
    id: message.readUInt16BE(0),
    opcode: (packet as { opcode?: string }).opcode ?? 'QUERY',
    name: question.name.toLowerCase().replace(/\.$/, ''),
    type: question.type,
    isInternetClass: question.class === 'IN' || question.class === 'ANY',
    recursionDesired: ((packet.flags ?? 0) & RECURSION_DESIRED) !== 0,
    question: message.subarray(HEADER_BYTES, end),
    ...(opt ? { edns: { udpBytes: opt.udpPayloadSize, hasOptions: opt.options.length > 0 } } : {}),
  };
}
