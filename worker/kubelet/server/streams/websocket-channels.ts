/**
 * exec and attach over a WebSocket: the sub-protocols of channel.k8s.io.
 *
 * Every message begins with its channel: 0 stdin, 1 stdout, 2 stderr, 3 the outcome, 4 terminal size. v4 made the outcome a Status,
 * v5 added channel 255, "the channel in the next byte is closed" (end of stdin). In the base64 forms channel and payload are text.
 * https://kubernetes.io/blog/2024/08/20/websockets-transition/
 */
import { Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { type Outcome, outcomeBytes } from './outcome';
import type { ClientStreams } from './remote-command';
import { SizeReader, type TerminalSize } from './terminal-size';

export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** What a client may offer; a client that offers nothing speaks `channel.k8s.io`. */
export const CHANNEL_PROTOCOLS: readonly string[] = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
];

/** A client that does not answer a ping within one period is gone, and its command with it. */
const PING_MS = 30_000;
const NORMAL_CLOSURE = 1000;
/** Input the command has not read yet; beyond it the connection is not read. */
const STDIN_BUFFER_BYTES = 256 * 1024;

/** Puts a channel number in front, in the form the protocol wants. */
export function encodeMessage(isBase64: boolean, channel: number, payload: Buffer): Buffer | string {
  if (isBase64) return channel + payload.toString('base64');
  return Buffer.concat([Buffer.of(channel), payload]);
}

/** Channel and payload of a message; undefined when it is none. */
export function decodeMessage(isBase64: boolean, data: Buffer): { channel: number; payload: Buffer } | undefined {
  if (data.length === 0) return undefined;
  const channel = data[0] ?? 0;
  if (!isBase64) return { channel, payload: data.subarray(1) };
  return { channel: channel - 48, payload: Buffer.from(data.subarray(1).toString('latin1'), 'base64') };
}

export interface WantedStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The streams of an accepted, paused WebSocket. */
export function websocketStreams(socket: WebSocket, protocol: string, wanted: WantedStreams): ClientStreams {
  const isBase64 = protocol.includes('base64');
  const sendsStatus = /^v[45]\./.test(protocol);
  let onSize: ((size: TerminalSize) => void) | undefined;
  /** one that came before the command was there */
  let lastSize: TerminalSize | undefined;
  const sizes = new SizeReader();
  const send = (channel: number, payload: Buffer, done: () => void) => {
    if (socket.readyState === socket.OPEN) socket.send(encodeMessage(isBase64, channel, payload), done);
    else done();
  };
  const writer = (channel: number) =>
    new Writable({ write: (chunk: Buffer, _encoding, done) => send(channel, chunk, () => done()) });
  const stdin = wanted.stdin
    ? new Readable({ highWaterMark: STDIN_BUFFER_BYTES, read: () => socket.resume() })
    : undefined;
  socket.on('message', (data: RawData) => {
    const message = decodeMessage(isBase64, data as Buffer);
    if (message?.channel === CHANNEL.stdin && message.payload.length > 0) {
      // The command reads slower than the client writes: let the network hold the rest.
      if (stdin && !stdin.destroyed && !stdin.push(message.payload)) socket.pause();
    } else if (message?.channel === CHANNEL.close && message.payload[0] === CHANNEL.stdin) stdin?.push(null);
    else if (message?.channel === CHANNEL.resize) {
      for (const size of sizes.push(message.payload)) {
        lastSize = size;
        onSize?.(size);
      }
    }
  });
  const stopPings = keepAlive(socket);
  socket.resume();
  // An empty message says that the connection stands before the command says anything.
  const lowest = wanted.stdout ? CHANNEL.stdout : wanted.stderr ? CHANNEL.stderr : CHANNEL.error;
  send(lowest, Buffer.alloc(0), () => undefined);
  return {
    stdin,
    stdout: wanted.stdout ? writer(CHANNEL.stdout) : undefined,
    stderr: wanted.stderr ? writer(CHANNEL.stderr) : undefined,
    onResize: (listener) => {
      onSize = listener;
      if (lastSize) listener(lastSize);
    },
    onGone: (listener) => void socket.once('close', listener),
    finish: async (outcome: Outcome) => {
      stopPings();
      const bytes = outcomeBytes(outcome, sendsStatus);
      if (bytes.length > 0) await new Promise<void>((resolve) => send(CHANNEL.error, bytes, resolve));
      // A connection that is not read would never see the client's half of the closing handshake.
      socket.resume();
      socket.close(NORMAL_CLOSURE);
    },
  };
}

function keepAlive(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    // While the command does not read, nothing is read from the connection, pongs neither; a dead one shows in the writing.
    if (!isAlive && !socket.isPaused) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
  }, PING_MS).unref();
  socket.once('close', () => clearInterval(timer));
  return () => clearInterval(timer);
}
