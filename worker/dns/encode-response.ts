/**
 * Writes an answer as bytes, with names compressed, in at most the bytes the client takes.
 *
 * Not left to `dns-packet`: it does not compress, and a headless Service of 40 pods would no longer fit a datagram. The tests
 * let that package read what is written here.
 * https://datatracker.ietf.org/doc/html/rfc1035#section-4.1.4
 */
import { isIPv6 } from 'node:net';
import { HEADER_BYTES, type Query } from './query';
import { TTL_SECONDS, type ZoneRecord } from './records';

export const RESPONSE_CODE = { ok: 0, formatError: 1, serverFailure: 2, noSuchName: 3, notImplemented: 4, refused: 5 };

export interface Response {
  readonly code: number;
  readonly authoritative: boolean;
  readonly answers: readonly ZoneRecord[];
  readonly authority: readonly ZoneRecord[];
  readonly additional: readonly ZoneRecord[];
}

/** Largest datagram we send: fits every usual path in one piece (DNS flag day 2020). */
export const MAX_UDP_BYTES = 1232;
export const MAX_TCP_BYTES = 65_535;

const TYPE_CODE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;
const INTERNET = 1;
const OPT = 41;
const POINTER = 0xc000;
const LARGEST_POINTER = 0x3fff;
const OPT_BYTES = 11;
const FLAG = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, desired: 0x0100, available: 0x0080 };
/** refresh, retry, expire of the SOA record: for secondary servers, of which there are none */
const SOA_TIMES = [7200, 1800, 86_400];

class MessageFull extends Error {}

class Writer {
  readonly bytes: Buffer;
  at = 0;
  /** name -> where it was written */
  private readonly names = new Map<string, number>();

  constructor(limit: number) {
    this.bytes = Buffer.allocUnsafe(limit);
  }

  private need(bytes: number): void {
    if (this.at + bytes > this.bytes.length) throw new MessageFull('the message is full');
  }

  u16(value: number): void {
    this.need(2);
    this.at = this.bytes.writeUInt16BE(value, this.at);
  }

  u32(value: number): void {
    this.need(4);
    this.at = this.bytes.writeUInt32BE(value, this.at);
  }

  /** The rest of a name that was written before is a pointer to there. */
  name(name: string): void {
    let rest = name;
    while (rest !== '') {
      const known = this.names.get(rest);
      if (known !== undefined) {
        this.u16(POINTER | known);
        return;
      }
      if (this.at <= LARGEST_POINTER) this.names.set(rest, this.at);
      const dot = rest.indexOf('.');
      const label = dot < 0 ? rest : rest.slice(0, dot);
      this.label(Buffer.from(label));
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
    this.u8(0);
  }

  /** Copies the question and remembers its name for pointers. */
  question(bytes: Buffer, name: string): void {
    let offset = this.at;
    for (let rest = name; rest !== ''; ) {
      this.names.set(rest, offset);
      offset += (bytes[offset - this.at] ?? 0) + 1;
      const dot = rest.indexOf('.');
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
    this.raw(bytes);
  }

  label(bytes: Buffer): void {
    this.u8(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Buffer): void {
    this.need(bytes.length);
    this.at += bytes.copy(this.bytes, this.at);
  }

  u8(value: number): void {
    this.need(1);
    this.at = this.bytes.writeUInt8(value, this.at);
  }

  /** Undoes what was written after `mark`. */
  rewind(mark: number): void {
    this.at = mark;
    for (const [name, offset] of this.names) if (offset >= mark) this.names.delete(name);
  }
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const [front, back] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return Buffer.from([...front, ...zeros, ...back].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function writeData(writer: Writer, record: ZoneRecord): void {
  switch (record.type) {
    case 'A':
      writer.raw(Buffer.from(record.address.split('.').map(Number)));
      break;
    case 'AAAA':
      writer.raw(isIPv6(record.address) ? ipv6Bytes(record.address) : Buffer.alloc(16));
      break;
    case 'SRV':
      for (const value of [record.priority, record.weight, record.port]) writer.u16(value);
      writer.name(record.target);
      break;
    case 'TXT':
      writer.label(Buffer.from(record.text));
      break;
    case 'SOA':
      writer.name(record.primary);
      writer.name(record.mailbox);
      for (const value of [record.serial, ...SOA_TIMES, record.negativeSeconds]) writer.u32(value);
      break;
    default:
      writer.name(record.target);
  }
}

/** False, and nothing written, when the record does not fit any more. */
function writeRecord(writer: Writer, record: ZoneRecord): boolean {
  const mark = writer.at;
  try {
    writer.name(record.name);
    writer.u16(TYPE_CODE[record.type]);
    writer.u16(INTERNET);
    writer.u32(TTL_SECONDS);
    const lengthAt = writer.at;
    writer.u16(0);
    writeData(writer, record);
    writer.bytes.writeUInt16BE(writer.at - lengthAt - 2, lengthAt);
    return true;
  } catch (error) {
    if (!(error instanceof MessageFull)) throw error;
    writer.rewind(mark);
    return false;
  }
}

/** Writes as many as fit. */
function writeRecords(writer: Writer, records: readonly ZoneRecord[]): number {
  const misfit = records.findIndex((record) => !writeRecord(writer, record));
  return misfit < 0 ? records.length : misfit;
}

function writeOpt(writer: Writer): void {
  writer.u8(0);
  writer.u16(OPT);
  writer.u16(MAX_UDP_BYTES);
  writer.u32(0);
  writer.u16(0);
}

/** The bytes to send. Answers that do not fit are left out and the client is told to ask again by TCP. */
export function encodeResponse(query: Query, response: Response, limitBytes: number): Buffer {
  const opt = query.edns ? OPT_BYTES : 0;
  const writer = new Writer(limitBytes - opt);
  writer.at = HEADER_BYTES;
  writer.question(query.question, query.name);
  const answers = writeRecords(writer, response.answers);
  const isTruncated = answers < response.answers.length;
  const authority = isTruncated ? 0 : writeRecords(writer, response.authority);
  const additional = isTruncated ? 0 : writeRecords(writer, response.additional);
  const whole = new Writer(writer.at + opt);
  whole.raw(writer.bytes.subarray(0, writer.at));
  if (opt > 0) writeOpt(whole);
  whole.at = 0;
  whole.u16(query.id);
  whole.u16(
    FLAG.response |
      (response.authoritative ? FLAG.authoritative : 0) |
      (isTruncated ? FLAG.truncated : 0) |
      (query.recursionDesired ? FLAG.desired : 0) |
      FLAG.available |
      response.code,
  );
  for (const count of [1, answers, authority, additional + (opt > 0 ? 1 : 0)]) whole.u16(count);
  return whole.bytes;
}

/** An answer to what could not be read: the header alone. */
export function encodeFailure(message: Buffer, code: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(message.readUInt16BE(0), 0);
  const opcodeAndDesired = message.readUInt16BE(2) & 0x7900;
  header.writeUInt16BE(FLAG.response | opcodeAndDesired | FLAG.available | code, 2);
  return header;
}
