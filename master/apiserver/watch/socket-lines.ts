/**
 * A watch over a WebSocket: one text message an event. Browsers, which cannot read an answer as it grows, watch this way.
 *
 * `ws` is loaded when the first client asks.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { unframed } from './chunk-writer';
import type { LineWriter } from './line-writer';

/** Bytes that may wait for a client before it counts as slow: those a Node stream allows. */
const HIGH_WATER_MARK = 16 * 1024;
const NORMAL_CLOSURE = 1000;
/** Clients of a watch have nothing to say. */
const MAX_INCOMING_BYTES = 4096;

class SocketLines implements LineWriter {
  private isBlocked = false;
  private onDrain = () => {};

  constructor(
    private readonly client: WebSocket,
    private readonly socket: Duplex,
  ) {}

  open(onDrain: () => void, onClose: () => void): void {
    this.onDrain = onDrain;
    this.client.on('close', onClose);
    this.client.on('error', () => this.destroy());
    this.socket.on('drain', () => this.unblock());
  }

  write(chunks: readonly Buffer[]): boolean {
    for (const chunk of chunks) this.client.send(unframed(chunk), { binary: false }, () => this.unblock());
    this.isBlocked ||= this.client.bufferedAmount > HIGH_WATER_MARK;
    return !this.isBlocked;
  }

  private unblock(): void {
    if (!this.isBlocked || this.client.bufferedAmount > HIGH_WATER_MARK) return;
    this.isBlocked = false;
    this.onDrain();
  }

  end(): void {
    this.client.close(NORMAL_CLOSURE);
  }

  destroy(): void {
    this.client.terminate();
  }
}

/** Shakes hands; the promise stays open when the client does not, and its socket is closed. */
export async function acceptSocket(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<LineWriter> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_INCOMING_BYTES, perMessageDeflate: false });
  return new Promise((resolve) => {
    server.handleUpgrade(req, socket, head, (client) => resolve(new SocketLines(client, socket)));
  });
}
