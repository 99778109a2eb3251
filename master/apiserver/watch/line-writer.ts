/**
 * Where the lines of a watch go: a chunked HTTP answer, or the messages of a WebSocket.
 *
 * A line is made once and sent to every watcher, so it is kept the way HTTP wants it, as a whole chunk: one write a watcher, and no copy.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Bytes of one event. */
export interface Line {
  /** JSON with a line break at its end */
  readonly text: Buffer;
  /** the same as a chunk of HTTP */
  readonly chunk: Buffer;
}

const BREAK = '\r\n';

/** The line made of these pieces. */
export function lineOf(pieces: readonly Buffer[]): Line {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const head = `${length.toString(16)}${BREAK}`;
  const chunk = Buffer.allocUnsafe(head.length + length + BREAK.length);
  let at = chunk.write(head, 'latin1');
  for (const piece of pieces) at += piece.copy(chunk, at);
  chunk.write(BREAK, at, 'latin1');
  return { text: chunk.subarray(head.length, at), chunk };
}

/** One client of a watch. */
export interface LineWriter {
  /** Tells the client that the watch has begun. `onDrain`: it can take more again; `onClose`: it is gone. */
  open(onDrain: () => void, onClose: () => void): void;
  /** False when the client reads slowly: wait for `onDrain`. */
  write(line: Line): boolean;
  /** Ends in order. */
  end(): void;
  /** Ends at once. */
  destroy(): void;
}

/** Lines as chunks of an HTTP answer. */
export class HttpLines implements LineWriter {
  private socket: Socket | undefined;

  constructor(private readonly res: ServerResponse) {}

  open(onDrain: () => void, onClose: () => void): void {
    const { res } = this;
    res.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    res.flushHeaders();
    // A response that waits behind another one of its connection has no socket yet, and one of HTTP/1.0 no chunks.
    if (res.socket && res.chunkedEncoding) this.socket = res.socket;
    (this.socket ?? res).on('drain', onDrain);
    res.on('close', () => {
      this.socket?.off('drain', onDrain);
      onClose();
    });
  }

  write(line: Line): boolean {
    return this.socket ? this.socket.write(line.chunk) : this.res.write(line.text);
  }

  end(): void {
    this.res.end();
  }

  destroy(): void {
    this.res.destroy();
  }
}
