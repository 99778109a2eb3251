/**
 * One `exec` over a WebSocket: `v5.channel.k8s.io` puts a channel number in front of every message.
 *
 * Channels: 0 stdin, 1 stdout, 2 stderr, 3 the outcome as a Status, 4 terminal size, 255 "this channel is at its end".
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type WebSocket from 'ws';
import { type Status, StatusError } from '../api/status-error';
import { unreachable } from './connection-error';
import { authorizationHeaders, tlsOptions } from './http-transport';
import type { ClientConfig } from './kubeconfig';

const PROTOCOL = 'v5.channel.k8s.io';
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Standard input waits while so much is on its way. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

export interface ExecStreams {
  readonly stdin?: Readable;
  /** A promise holds back what follows until it is fulfilled. */
  stdout(bytes: Buffer): void | Promise<void>;
  stderr(bytes: Buffer): void;
  /** Calls back with the terminal's size, now and whenever it changes; returns how to stop that. */
  onResize?(report: (columns: number, rows: number) => void): () => void;
}

/** The exit code inside the Status of channel 3. Throws the Status when the command did not run at all. */
export function exitCodeOfStatus(status: Partial<Status>): number {
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined) return Number(code);
  throw StatusError.fromBody({ kind: 'Status', ...status }, status.code ?? 500);
}

const message = (channel: number, bytes: Buffer) => Buffer.concat([Buffer.from([channel]), bytes]);

/** A refusal carries a Status as its body. */
function refusal(response: IncomingMessage): Promise<StatusError> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const done = () => {
      const text = Buffer.concat(chunks).toString();
      try {
        resolve(StatusError.fromBody(JSON.parse(text), response.statusCode ?? 500));
      } catch {
        resolve(StatusError.fromBody(text, response.statusCode ?? 500));
      }
    };
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('end', done).once('error', done);
  });
}

/** Sends standard input, slowly enough for the connection. */
async function pumpStdin(socket: WebSocket, stdin: Readable): Promise<void> {
  for await (const chunk of stdin) {
    if (socket.readyState !== socket.OPEN) return;
    const bytes = message(CHANNEL.stdin, Buffer.from(chunk));
    await new Promise<void>((resolve) => {
      socket.send(bytes, () => resolve());
      if (socket.bufferedAmount < MAX_BUFFERED_BYTES) resolve();
    });
  }
  if (socket.readyState === socket.OPEN) socket.send(Buffer.from([CHANNEL.close, CHANNEL.stdin]));
}

/** Reads nothing more until the reader has caught up. */
function slowDown(socket: WebSocket, caughtUp: void | Promise<void>): void {
  if (!caughtUp) return;
  socket.pause();
  void caughtUp.finally(() => socket.resume());
}

/** Runs until the command ends; resolves with its exit code. Throws StatusErrors. */
export async function runExec(
  config: ClientConfig,
  path: string,
  streams: ExecStreams,
  signal: AbortSignal,
): Promise<number> {
  const { WebSocket: Socket } = await import('ws');
  const socket = new Socket(config.server.replace(/^http/, 'ws') + path, PROTOCOL, {
    ...tlsOptions(config),
    headers: authorizationHeaders(config),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  const end = () => socket.terminate();
  signal.addEventListener('abort', end);
  let stopResizing = () => {};
  try {
    return await new Promise<number>((resolve, reject) => {
      let outcome: Partial<Status> | undefined;
      socket.on('unexpected-response', (_, response) => void refusal(response).then(reject));
      socket.on('error', (error) => reject(unreachable(config.server, error)));
      socket.on('open', () => {
        const resize = (columns: number, rows: number) =>
          socket.send(message(CHANNEL.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows }))));
        stopResizing = streams.onResize?.(resize) ?? stopResizing;
        if (streams.stdin) pumpStdin(socket, streams.stdin).catch(() => undefined);
      });
      socket.on('message', (data: Buffer) => {
        const bytes = data.subarray(1);
        if (data[0] === CHANNEL.stdout) slowDown(socket, streams.stdout(bytes));
        else if (data[0] === CHANNEL.stderr) streams.stderr(bytes);
        else if (data[0] === CHANNEL.error) outcome = JSON.parse(bytes.toString()) as Partial<Status>;
      });
      socket.on('close', () => {
        try {
          if (signal.aborted) resolve(130);
          else if (outcome) resolve(exitCodeOfStatus(outcome));
          else reject(new Error('the connection ended before the command did'));
        } catch (error) {
          reject(error);
        }
      });
    });
  } finally {
    signal.removeEventListener('abort', end);
    stopResizing();
  }
}
