/**
 * Docker's way of sending stdout and stderr over one connection: frames of an 8 byte header and a payload.
 *
 * Byte 0 of the header names the stream, bytes 4 to 7 the length. A container with a terminal has no frames, only bytes.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
 */
import { PassThrough, type Readable, Transform, type Writable } from 'node:stream';

const HEADER_BYTES = 8;
const STDERR = 2;

export interface Frame {
  readonly isStderr: boolean;
  readonly payload: Buffer;
}

/** Cuts a stream of bytes into frames; keeps what is not complete yet. */
export class FrameParser {
  private rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Frame[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Frame[] = [];
    let offset = 0;
    while (this.rest.length - offset >= HEADER_BYTES) {
      const begin = offset + HEADER_BYTES;
      const end = begin + this.rest.readUInt32BE(offset + 4);
      if (end > this.rest.length) break;
      frames.push({ isStderr: this.rest[offset] === STDERR, payload: this.rest.subarray(begin, end) });
      offset = end;
    }
    this.rest = this.rest.subarray(offset);
    return frames;
  }
}

/** The payloads of both streams in the order they were sent. */
export function joinedFrames(): Transform {
  const parser = new FrameParser();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (const frame of parser.push(chunk)) this.push(frame.payload);
      done();
    },
  });
}

export interface SplitStreams {
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** Two streams out of one. A reader that is slow slows the source down; both end when the source does, however it does. */
export function splitFrames(source: Readable): SplitStreams {
  const parser = new FrameParser();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const endBoth = () => {
    stdout.end();
    stderr.end();
  };
  source.on('data', (chunk: Buffer) => {
    for (const { isStderr, payload } of parser.push(chunk)) deliver(source, isStderr ? stderr : stdout, payload);
  });
  source.on('end', endBoth);
  source.on('close', endBoth);
  source.on('error', endBoth);
  return { stdout, stderr };
}

function deliver(source: Readable, target: Writable, payload: Buffer): void {
  if (target.writableEnded || target.destroyed || target.write(payload)) return;
  source.pause();
  target.once('drain', () => source.resume());
}
