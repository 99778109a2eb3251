/**
 * A keep-alive HTTP/1.1 connection that costs the client almost nothing: the load comes from the same two cores as the server,
 * so a heavy client would measure itself. One request in flight at a time; enough of HTTP to talk to an api-server, no more.
 */
import { connect, type TLSSocket } from 'node:tls';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const HEADER_END = Buffer.from('\r\n\r\n');

export class Connection {
  private received: Buffer = Buffer.alloc(0);
  private pending: Pending | undefined;
  private constructor(
    private readonly socket: TLSSocket,
    private readonly host: string,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
      this.tryComplete();
    });
    const end = (error?: Error) => {
      this.pending?.reject(error ?? new Error('connection closed'));
      this.pending = undefined;
    };
    socket.on('error', end);
    socket.on('close', () => end());
  }

  static open(target: Target): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ ...target, servername: 'localhost', ALPNProtocols: ['http/1.1'] }, () => {
        socket.off('error', reject);
        resolve(new Connection(socket, `${target.host}:${target.port}`));
      });
      socket.setNoDelay(true);
      socket.once('error', reject);
    });
  }

  request(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
    const payload =
      body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const headers = payload ? `Content-Type: ${contentType}\r\nContent-Length: ${payload.length}\r\n` : '';
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.socket.write(
        `${method} ${path} HTTP/1.1\r\nHost: ${this.host}\r\nAccept: application/json\r\n${headers}\r\n`,
      );
      if (payload) this.socket.write(payload);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private tryComplete(): void {
    const end = this.received.indexOf(HEADER_END);
    if (end < 0 || !this.pending) return;
    const head = this.received.toString('latin1', 0, end);
    const rest = this.received.subarray(end + HEADER_END.length);
    const length = /content-length: (\d+)/i.exec(head);
    const parsed = length ? takeLength(rest, Number(length[1])) : takeChunks(rest);
    if (!parsed) return;
    this.received = parsed.rest;
    const { resolve } = this.pending;
    this.pending = undefined;
    resolve({ status: Number(head.slice(9, 12)), body: parsed.body });
  }
}

interface Taken {
  readonly body: Buffer;
  readonly rest: Buffer;
}

function takeLength(rest: Buffer, length: number): Taken | undefined {
  return rest.length < length ? undefined : { body: rest.subarray(0, length), rest: rest.subarray(length) };
}

/** A chunked body, once all of it is there. */
function takeChunks(rest: Buffer): Taken | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), rest: rest.subarray(next) };
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
