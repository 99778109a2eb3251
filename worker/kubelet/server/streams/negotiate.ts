/**
 * Which protocol a request to leave HTTP means, and the answers that accept or refuse it.
 *
 * Two ways lead out: a WebSocket with a sub-protocol, or `Upgrade: SPDY/3.1` with the stream protocol in a header of its own.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpError } from '../http-error';

const STREAM_PROTOCOL_HEADER = 'x-stream-protocol-version';

/** True when the client asks for SPDY; false for a WebSocket. Throws HttpError 400 for anything else. */
export function wantsSpdy({ headers }: IncomingMessage): boolean {
  const upgrade = headers.upgrade?.toLowerCase();
  if (upgrade === 'spdy/3.1') return true;
  if (upgrade === 'websocket') return false;
  throw new HttpError(
    400,
    `unable to upgrade: ${JSON.stringify(headers.upgrade ?? '')} is neither SPDY/3.1 nor websocket`,
  );
}

const listOf = (header: string | string[] | undefined) =>
  [header ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter(Boolean);

function chosen(offered: readonly string[], supported: readonly string[]): string | undefined {
  return offered.find((protocol) => supported.includes(protocol));
}

function noneMatches(offered: readonly string[], supported: readonly string[]): HttpError {
  const sides = `client supports [${offered.join(', ')}], server supports [${supported.join(', ')}]`;
  return new HttpError(403, `unable to upgrade: unable to negotiate protocol: ${sides}`);
}

/** The WebSocket sub-protocol, the client's first that we speak; '' when it offers none. Throws HttpError 403. */
export function websocketProtocol({ headers }: IncomingMessage, supported: readonly string[]): string {
  const offered = listOf(headers['sec-websocket-protocol']);
  const protocol = offered.length === 0 ? '' : chosen(offered, supported);
  if (protocol === undefined) throw noneMatches(offered, supported);
  return protocol;
}

/** The stream protocol of a SPDY connection; '' when the client names none. Throws HttpError 403. */
export function spdyProtocol({ headers }: IncomingMessage, supported: readonly string[]): string {
  const offered = listOf(headers[STREAM_PROTOCOL_HEADER]);
  const protocol = offered.length === 0 ? '' : chosen(offered, supported);
  if (protocol === undefined) throw noneMatches(offered, supported);
  return protocol;
}

/** Answers 101; what follows on the socket is SPDY. */
export function acceptSpdy(socket: Duplex, head: Buffer, protocol: string): void {
  const named = protocol ? [`X-Stream-Protocol-Version: ${protocol}`] : [];
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1', ...named];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
}

/** An ordinary HTTP answer, plain text, on a connection that asked to upgrade. */
export function refuseUpgrade(socket: Duplex, code: number, text: string): void {
  const lines = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'Error'}`,
    'Content-Type: text/plain; charset=utf-8',
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
  // What is not read is never seen to end.
  socket.resume();
}
