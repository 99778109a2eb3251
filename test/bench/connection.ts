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

/** Text and bytes go as they are, anything else as JSON. */
function payloadOf(body: unknown): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

const HEADER_END = Buffer.from('\r\n\r\n');

export class Connection {
  /** bytes of the answer that is coming in; joined once, when it may be whole */
  private received: Buffer[] = [];
  private receivedBytes = 0;
  /** says by the newest piece whether the answer can be whole: joining at every piece would cost more than the server does */
  private canBeWhole: (newest: Buffer) => boolean = always;
  private pending: Pending | undefined;
  private constructor(
    private readonly socket: TLSSocket,
    private readonly host: string,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.received.push(chunk);
      this.receivedBytes += chunk.length;
      if (this.canBeWhole(chunk)) this.tryComplete();
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
    const payload = payloadOf(body);
    const headers = payload ? `Content-Type: ${contentType}\r\nContent-Length: ${payload.length}\r\n` : '';
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error(`${method} ${path}: the server has closed the connection`));
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
    if (!this.pending) return;
    const bytes = this.received.length === 1 ? (this.received[0] as Buffer) : Buffer.concat(this.received);
    this.received = [bytes];
    const answer = takeAnswer(bytes);
    if ('neededBytes' in answer) {
      const { neededBytes } = answer;
      this.canBeWhole = neededBytes ? () => this.receivedBytes >= neededBytes : endsChunks;
      return;
    }
    this.received = answer.rest.length > 0 ? [answer.rest] : [];
    this.receivedBytes = answer.rest.length;
    this.canBeWhole = always;
    const { resolve } = this.pending;
    this.pending = undefined;
    resolve({ status: answer.status, body: answer.body });
  }
}

interface Taken extends Answer {
  readonly rest: Buffer;
}

/** An answer that is not whole: the bytes it takes; undefined when only its end tells. */
interface Missing {
  readonly neededBytes: number | undefined;
}

const always = () => true;
const LAST_CHUNK = '0\r\n\r\n';

/** The answer is the only one in flight, so the last chunk ends the bytes. A piece too short to tell is looked at. */
const endsChunks = (newest: Buffer) =>
  newest.length < LAST_CHUNK.length || newest.toString('latin1', newest.length - LAST_CHUNK.length) === LAST_CHUNK;

/** The answer at the beginning of these bytes. */
function takeAnswer(bytes: Buffer): Taken | Missing {
  const end = bytes.indexOf(HEADER_END);
  if (end < 0) return { neededBytes: bytes.length + 1 };
  const head = bytes.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const start = end + HEADER_END.length;
  const length = /content-length: (\d+)/i.exec(head);
  if (!length) return takeChunks(bytes, start, status);
  const last = start + Number(length[1]);
  if (bytes.length < last) return { neededBytes: last };
  return { status, body: bytes.subarray(start, last), rest: bytes.subarray(last) };
}

/** A chunked body, once all of it is there. */
function takeChunks(bytes: Buffer, start: number, status: number): Taken | Missing {
  const parts: Buffer[] = [];
  for (let at = start; endsChunks(bytes); ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) break;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) break;
    if (size === 0) return { status, body: Buffer.concat(parts), rest: bytes.subarray(next) };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
  return { neededBytes: undefined };
}
