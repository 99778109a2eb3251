/**
 * Puts watch lines on the connection: each line is a chunk of its own, framed once and shared by all watchers.
 *
 * All that one round of the event loop brings a watcher goes out as one write, hence one TLS record and one call to the kernel:
 * that is what a watcher costs. Node's ServerResponse would frame each line again and write it as three pieces, so the framed
 * bytes go straight to the socket; head and end stay with the response.
 * https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { headOf } from '../rest/answer-head';
import type { LineWriter } from './line-writer';

const CHUNK_END = '\r\n';

/** The bytes of one chunk around a line. */
export function framed(line: Buffer): Buffer {
  const size = `${line.length.toString(16)}${CHUNK_END}`;
  const chunk = Buffer.allocUnsafe(size.length + line.length + CHUNK_END.length);
  chunk.write(size, 0, 'latin1');
  line.copy(chunk, size.length);
  chunk.write(CHUNK_END, size.length + line.length, 'latin1');
  return chunk;
}

/** What a chunk carries, without its frame. */
export function unframed(chunk: Buffer): Buffer {
  return chunk.subarray(chunk.indexOf(CHUNK_END) + CHUNK_END.length, chunk.length - CHUNK_END.length);
}

export class ChunkWriter implements LineWriter {
  /** absent: the client cannot take chunks (HTTP/1.0), or is gone */
  private readonly socket: Socket | undefined;

  constructor(private readonly res: ServerResponse) {
    this.socket = res.req.httpVersionMinor === 1 && res.socket ? res.socket : undefined;
  }

  /** Sends the head. */
  open(onDrain: () => void, onClose: () => void): void {
    const chunked = this.socket ? { 'Transfer-Encoding': 'chunked' } : {};
    this.res.writeHead(200, headOf(this.res, { 'Content-Type': 'application/json', ...chunked }));
    this.res.flushHeaders();
    const source = this.socket ?? this.res;
    source.on('drain', onDrain);
    // The connection outlives the response: the next request on it is no business of this watcher.
    this.res.on('close', () => {
      source.off('drain', onDrain);
      onClose();
    });
  }

  write(chunks: readonly Buffer[]): boolean {
    const { socket } = this;
    if (!socket) {
      let goesOn = true;
      for (const chunk of chunks) goesOn = this.res.write(unframed(chunk));
      return goesOn;
    }
    // One buffer: Node would make one of corked writes too, at a higher price a write.
    return socket.write(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  }

  end(): void {
    this.res.end();
  }

  destroy(): void {
    this.res.destroy();
  }
}
