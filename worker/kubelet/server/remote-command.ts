/**
 * exec and attach over a WebSocket: the sub-protocols v4 and v5 of channel.k8s.io.
 *
 * Every message begins with one byte that names its channel: 0 stdin, 1 stdout, 2 stderr, 3 the final Status, 4 terminal
 * size as JSON; v5 adds 255, "the channel in the next byte is closed" (end of stdin). The exit code travels in the Status.
 * https://kubernetes.io/blog/2024/08/20/websockets-transition/
 */
import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ExecSession } from '../../runtime/runtime';

export const STREAM_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

/** A client that does not answer a ping within one period is gone, and its command with it. */
const PING_MS = 30_000;
const NORMAL_CLOSURE = 1000;

/** The final message on channel 3: Success, or Failure with the exit code as a cause. */
function exitStatus(exitCode: number, command: readonly string[]): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  const shown = `error executing command [${command.join(' ')}], exit code ${exitCode}`;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${shown}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** The final message when the command could not be run at all. */
export function failureStatus(message: string): object {
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 };
}

/** Joins socket and session until either ends. Never rejects. */
export async function bridge(socket: WebSocket, session: ExecSession, command: readonly string[]): Promise<void> {
  const stopPings = keepAlive(socket);
  socket.once('close', () => session.close());
  socket.on('message', (data: Buffer) => onMessage(socket, session, Buffer.from(data)));
  session.stdin?.on('error', () => undefined);
  try {
    const pumps = [pump(socket, CHANNEL.stdout, session.stdout), pump(socket, CHANNEL.stderr, session.stderr)];
    const exitCode = await session.exitCode;
    await Promise.all(pumps);
    await send(socket, CHANNEL.status, Buffer.from(JSON.stringify(exitStatus(exitCode, command))));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await send(socket, CHANNEL.status, Buffer.from(JSON.stringify(failureStatus(message))));
  } finally {
    stopPings();
    socket.close(NORMAL_CLOSURE);
    session.close();
  }
}

function onMessage(socket: WebSocket, session: ExecSession, message: Buffer): void {
  const [channel] = message;
  const payload = message.subarray(1);
  if (channel === CHANNEL.stdin) {
    if (!session.stdin || payload.length === 0 || session.stdin.write(payload)) return;
    // The command reads slower than the client writes: let the network hold the rest.
    socket.pause();
    session.stdin.once('drain', () => socket.resume());
  } else if (channel === CHANNEL.close && payload[0] === CHANNEL.stdin) {
    session.stdin?.end();
  } else if (channel === CHANNEL.resize) {
    const size = parseSize(payload.toString('utf8'));
    if (size) session.resize(size.columns, size.rows).catch(() => undefined);
  }
}

/** `{"Width":80,"Height":24}`; undefined when it is not that. */
export function parseSize(text: string): { columns: number; rows: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    return typeof Width === 'number' && typeof Height === 'number' ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a stream on a channel, one chunk after the other is out: a slow client slows the command, not our memory. */
async function pump(socket: WebSocket, channel: number, stream: Readable | undefined): Promise<void> {
  if (!stream) return;
  for await (const chunk of stream) await send(socket, channel, Buffer.from(chunk as Buffer));
}

function send(socket: WebSocket, channel: number, payload: Buffer): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve) => socket.send(Buffer.concat([Buffer.of(channel), payload]), () => resolve()));
}

function keepAlive(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
  }, PING_MS).unref();
  return () => clearInterval(timer);
}
