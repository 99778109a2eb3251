/**
 * How the embedded store's journal lays out its bytes: one frame a group of writes, one behind the other.
 *
 *   frame    checksum (CRC-32 of all that follows), base revision of the file, body length, body
 *   body     writes: revision, flags, key length, value length, key, value
 *
 * A file is used again from its beginning, so old frames stand behind the new ones. The rule that tells them apart: a
 * frame counts when its checksum holds, its base is that of the file's first frame, and its revisions go on growing. A
 * frame that was cut by a crash breaks the rule and ends the file: nobody was answered for it.
 * https://en.wikipedia.org/wiki/Write-ahead_logging
 */
import { crc32 } from 'node:zlib';

const REVISION_BYTES = 6;
const CHECKSUM_BYTES = 4;
const FRAME_HEAD_BYTES = CHECKSUM_BYTES + REVISION_BYTES + 4;
const WRITE_HEAD_BYTES = REVISION_BYTES + 1 + 2 + 4;

/** One write as the journal keeps it: what it replaced is known to the tables. */
export interface JournalWrite {
  readonly revision: number;
  readonly key: string;
  /** undefined = deleted */
  readonly value: Buffer | undefined;
}

/** The bytes of a group. `base` is the newest revision from before the file was begun. */
export function encodeFrame(base: number, writes: readonly JournalWrite[]): Buffer {
  let length = FRAME_HEAD_BYTES;
  for (const { key, value } of writes) length += WRITE_HEAD_BYTES + Buffer.byteLength(key) + (value?.length ?? 0);
  const frame = Buffer.allocUnsafe(length);
  frame.writeUIntBE(base, CHECKSUM_BYTES, REVISION_BYTES);
  frame.writeUInt32BE(length - FRAME_HEAD_BYTES, CHECKSUM_BYTES + REVISION_BYTES);
  let at = FRAME_HEAD_BYTES;
  for (const write of writes) at = putWrite(frame, at, write);
  frame.writeUInt32BE(crc32(frame.subarray(CHECKSUM_BYTES)), 0);
  return frame;
}

function putWrite(frame: Buffer, at: number, { revision, key, value }: JournalWrite): number {
  const keyStart = at + WRITE_HEAD_BYTES;
  const keyLength = frame.write(key, keyStart);
  frame.writeUIntBE(revision, at, REVISION_BYTES);
  frame.writeUInt8(value ? 0 : 1, at + REVISION_BYTES);
  frame.writeUInt16BE(keyLength, at + REVISION_BYTES + 1);
  frame.writeUInt32BE(value?.length ?? 0, at + REVISION_BYTES + 3);
  value?.copy(frame, keyStart + keyLength);
  return keyStart + keyLength + (value?.length ?? 0);
}

/** What a journal file says. */
export interface JournalContent {
  /** orders files: the one with the smaller base was written first */
  readonly base: number;
  /** in revision order; values are views into the file's bytes */
  readonly writes: readonly JournalWrite[];
}

/** All writes of the file's frames that count; none for a file that was never written. */
export function decodeFrames(file: Buffer): JournalContent {
  const writes: JournalWrite[] = [];
  const base = file.length < FRAME_HEAD_BYTES ? 0 : file.readUIntBE(CHECKSUM_BYTES, REVISION_BYTES);
  let newest = base;
  for (let at = 0; ; ) {
    const end = frameEnd(file, at, base);
    if (end === undefined) return { base, writes };
    const found = writesBetween(file, at + FRAME_HEAD_BYTES, end);
    const first = found[0];
    if (!first || first.revision <= newest) return { base, writes };
    writes.push(...found);
    newest = found.at(-1)?.revision ?? newest;
    at = end;
  }
}

/** Where the frame at this place ends; undefined when no whole frame of this base stands there. */
function frameEnd(file: Buffer, at: number, base: number): number | undefined {
  if (at + FRAME_HEAD_BYTES > file.length) return undefined;
  if (file.readUIntBE(at + CHECKSUM_BYTES, REVISION_BYTES) !== base) return undefined;
  const end = at + FRAME_HEAD_BYTES + file.readUInt32BE(at + CHECKSUM_BYTES + REVISION_BYTES);
  if (end > file.length) return undefined;
  return crc32(file.subarray(at + CHECKSUM_BYTES, end)) === file.readUInt32BE(at) ? end : undefined;
}

function writesBetween(file: Buffer, start: number, end: number): JournalWrite[] {
  const writes: JournalWrite[] = [];
  for (let at = start; at < end; ) {
    const keyStart = at + WRITE_HEAD_BYTES;
    const keyEnd = keyStart + file.readUInt16BE(at + REVISION_BYTES + 1);
    const valueEnd = keyEnd + file.readUInt32BE(at + REVISION_BYTES + 3);
    const isDeleted = file.readUInt8(at + REVISION_BYTES) === 1;
    writes.push({
      revision: file.readUIntBE(at, REVISION_BYTES),
      key: file.toString('utf8', keyStart, keyEnd),
      value: isDeleted ? undefined : file.subarray(keyEnd, valueEnd),
    });
    at = valueEnd;
  }
  return writes;
}
