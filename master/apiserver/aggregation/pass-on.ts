/**
 * Passes a request on to an extension server, and its answer back: byte for byte, watches and upgrades included.
 *
 * The request was authenticated and authorized here; the other side is told who asks and may check again. What cannot be reached is a 503
 * in plain text, as Kubernetes' aggregator answers, and clients put their own words to it.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#kubernetes-apiserver-proxies-the-request
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream';
import type { User } from '../auth/user';
import type { UpgradeRequest } from '../proxy/exec';
import { isPassedOn } from '../proxy/passed-headers';
import type { Extension } from './extension';
import { isRemoteUserHeader, remoteUserHeaders } from './remote-user';

const UNAVAILABLE = 'service unavailable';
const NO_REDIRECTS = 'the backend attempted to redirect this request, which is not permitted';

interface Passed {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly user: User;
}

/** Answers the request, whatever happens. */
export function passOn(extension: Extension, passed: Passed): void {
  if (!extension.isAvailable) sendText(passed.res, 503, UNAVAILABLE);
  else attempt(extension, passed, false);
}

function attempt(extension: Extension, passed: Passed, isSecond: boolean): void {
  const { req, res, user } = passed;
  let options: ReturnType<Extension['requestOptions']>;
  try {
    options = extension.requestOptions();
  } catch {
    sendText(res, 503, UNAVAILABLE);
    return;
  }
  const headers = { ...headersFor(req, user), ...(options.headers as OutgoingHttpHeaders) };
  const upstream = httpsRequest({ ...options, method: req.method, path: req.url, headers });
  const hasBody = req.method !== 'GET' && req.method !== 'HEAD';
  const abort = () => upstream.destroy();
  res.once('close', abort);
  upstream.on('response', (answer) => sendAnswer(answer, res));
  upstream.on('error', (error: NodeJS.ErrnoException) => {
    res.off('close', abort);
    // A connection that had been idle was closed just then: nothing has been done, so it can be asked anew.
    const isStale = upstream.reusedSocket && error.code === 'ECONNRESET' && !hasBody && !isSecond;
    if (res.headersSent) res.destroy();
    else if (isStale && !res.destroyed) attempt(extension, passed, true);
    else sendText(res, 503, `error trying to reach service: ${error.message}`);
  });
  if (hasBody) pipeline(req, upstream, () => undefined);
  else upstream.end();
}

function headersFor(req: IncomingMessage, user: User): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, values] of Object.entries(req.headersDistinct)) {
    if (values && isPassedOn(name) && !isRemoteUserHeader(name)) headers[name] = values;
  }
  const client = req.socket.remoteAddress;
  if (client) headers['x-forwarded-for'] = [req.headers['x-forwarded-for'] ?? [], client].flat().join(', ');
  return { ...headers, ...remoteUserHeaders(user) };
}

/** A redirect would lead clients past us, with our credentials. */
const isRedirect = ({ statusCode = 0, headers }: IncomingMessage) =>
  statusCode >= 300 && statusCode < 400 && headers.location !== undefined;

function sendAnswer(answer: IncomingMessage, res: ServerResponse): void {
  if (res.headersSent || res.destroyed) {
    answer.destroy();
    return;
  }
  if (isRedirect(answer)) {
    answer.destroy();
    sendText(res, 502, NO_REDIRECTS);
    return;
  }
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    if (values && isPassedOn(name)) res.setHeader(name, values);
  }
  res.writeHead(answer.statusCode ?? 502, answer.statusMessage);
  // The head of a watch must not wait for its first event.
  res.flushHeaders();
  pipeline(answer, res, () => undefined);
}

function sendText(res: ServerResponse, code: number, text: string): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' });
  res.end(`${text}\n`);
}

/** A request to upgrade: after the heads of both sides their bytes are joined. */
export function passUpgradeOn(extension: Extension, { req, socket, head }: UpgradeRequest, user: User): void {
  const refuse = (text: string) =>
    socket.end(`HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${text}\n`);
  if (!extension.isAvailable) {
    refuse(UNAVAILABLE);
    return;
  }
  let options: ReturnType<Extension['ownConnectionOptions']>;
  try {
    options = extension.ownConnectionOptions();
  } catch {
    refuse(UNAVAILABLE);
    return;
  }
  const headers = {
    ...headersFor(req, user),
    ...(options.headers as OutgoingHttpHeaders),
    connection: 'Upgrade',
    upgrade: req.headers.upgrade,
  };
  const upstream = httpsRequest({ ...options, method: req.method, path: req.url, headers });
  socket.once('close', () => upstream.destroy());
  upstream.on('error', (error) => refuse(`error trying to reach service: ${error.message}`));
  upstream.on('response', (answer) => {
    socket.write(headOf(answer, 'Connection: close'));
    pipeline(answer, socket, () => undefined);
  });
  upstream.on('upgrade', (answer, other, otherHead) => {
    socket.write(headOf(answer));
    if (otherHead.length > 0) socket.write(otherHead);
    if (head.length > 0) other.write(head);
    other.once('close', () => socket.destroy());
    socket.once('close', () => other.destroy());
    other.on('error', () => socket.destroy());
    other.pipe(socket);
    socket.pipe(other);
  });
  upstream.end();
}

/** The head of an answer as it came; without an upgrade the end of the connection ends the body. */
function headOf(answer: IncomingMessage, ...more: string[]): string {
  const lines: string[] = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? '';
    const isOfConnection = ['connection', 'transfer-encoding', 'keep-alive'].includes(name.toLowerCase());
    if (more.length === 0 || !isOfConnection) lines.push(`${name}: ${answer.rawHeaders[index + 1]}`);
  }
  return `${[...lines, ...more].join('\r\n')}\r\n\r\n`;
}
