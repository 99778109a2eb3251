/**
 * SPDY/3.1 frames: cutting bytes into frames, and writing them. Pure.
 *
 * The first bit of the eight byte header tells control from data frames. A data frame is handed on piece by piece as it arrives, since
 * it may be 16 MiB long; a control frame is collected first, and is short.
 * https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/ section 2.2
 */

export const FRAME = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** The sender will write no more on this stream. */
export const FLAG_FIN = 1;

const VERSION = 3;
const HEADER_BYTES = 8;
const MAX_CONTROL_BYTES = 64 * 1024;

export interface ControlFrame {
  readonly kind: 'control';
  /** one of {@link FRAME} */
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** A part of a data frame; `isLast` with the part that ends the sender's half of the stream. */
export interface DataPiece {
  readonly kind: 'data';
  readonly streamId: number;
  readonly payload: Buffer;
  readonly isLast: boolean;
}

interface OpenDataFrame {
  readonly streamId: number;
  readonly flags: number;
  left: number;
}

/** Cuts a stream of bytes into frames; keeps what is not complete yet. Throws on what is not SPDY/3. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);
  private open: OpenDataFrame | undefined;

  push(chunk: Buffer): (ControlFrame | DataPiece)[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const found: (ControlFrame | DataPiece)[] = [];
    for (;;) {
      const next = this.open ? this.nextPiece(this.open) : this.nextFrame();
      if (next === undefined) return found;
      if (next !== 'header') found.push(next);
    }
  }

  private nextFrame(): ControlFrame | 'header' | undefined {
    if (this.rest.length < HEADER_BYTES) return undefined;
    const first = this.rest.readUInt32BE(0);
    const flags = this.rest[4] ?? 0;
    const length = this.rest.readUIntBE(5, 3);
    const isControl = first >= 0x8000_0000;
    if (!isControl) {
      this.open = { streamId: first, flags, left: length };
      this.rest = this.rest.subarray(HEADER_BYTES);
      return 'header';
    }
    if (((first >>> 16) & 0x7fff) !== VERSION) throw new Error('a frame is not of SPDY version 3');
    if (length > MAX_CONTROL_BYTES) throw new Error(`a control frame of ${length} bytes is too long`);
    const end = HEADER_BYTES + length;
    if (this.rest.length < end) return undefined;
    const body = this.rest.subarray(HEADER_BYTES, end);
    this.rest = this.rest.subarray(end);
    return { kind: 'control', type: first & 0xffff, flags, body };
  }

  private nextPiece(frame: OpenDataFrame): DataPiece | undefined {
    if (frame.left > 0 && this.rest.length === 0) return undefined;
    const payload = this.rest.subarray(0, frame.left);
    this.rest = this.rest.subarray(payload.length);
    frame.left -= payload.length;
    if (frame.left === 0) this.open = undefined;
    return {
      kind: 'data',
      streamId: frame.streamId,
      payload,
      isLast: frame.left === 0 && (frame.flags & FLAG_FIN) !== 0,
    };
  }
}

/** A control frame with this body. */
export function controlFrame(type: number, flags: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(0x8000 | VERSION, 0);
  header.writeUInt16BE(type, 2);
  header[4] = flags;
  header.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([header, body]);
}

/** A data frame; `payload` is shorter than 16 MiB. */
export function dataFrame(streamId: number, flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(streamId, 0);
  header[4] = flags;
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
}

/** The body of frames that begin with a stream's id: a second number, or more bytes, may follow. */
export function idBody(id: number, rest: number | Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.alloc(typeof rest === 'number' ? 8 : 4);
  body.writeUInt32BE(id, 0);
  if (typeof rest === 'number') {
    body.writeUInt32BE(rest, 4);
    return body;
  }
  return Buffer.concat([body, rest]);
}
