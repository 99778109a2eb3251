/**
 * What answers on the server's port while the store does not: `/readyz` with the reason, and 503 for everything else.
 *
 * Without it clients would see a refused connection and their users would look for the fault in the wrong place. It knows nobody and
 * serves nothing, so it asks nobody who they are.
 * https://kubernetes.io/docs/reference/using-api/health-checks/
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { StatusError } from '../../helper/api/status-error';
import type { TlsFiles } from './server';

const RETRY_AFTER_SECONDS = 1;
const READY_PATHS = new Set(['/readyz', '/healthz', '/readyz/store', '/healthz/store']);

/** An HTTPS server that says why it cannot serve; listening is left to the caller. */
export function createWaitingServer(tls: TlsFiles, reason: () => string): Server {
  const options = { ...tls, ALPNProtocols: ['http/1.1'] };
  return createServer(options, (req, res) => answer(req, res, reason())) as unknown as Server;
}

function answer(req: IncomingMessage, res: ServerResponse, reason: string): void {
  const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
  const send = (code: number, type: string, text: string) =>
    // The body of a request is not read: what is left of it must not be taken for the next one.
    res.writeHead(code, { 'Content-Type': type, 'Retry-After': RETRY_AFTER_SECONDS, Connection: 'close' }).end(text);
  if (path === '/livez') send(200, 'text/plain; charset=utf-8', 'ok');
  else if (READY_PATHS.has(path)) {
    send(500, 'text/plain; charset=utf-8', `[+]ping ok\n[-]store failed: ${reason}\nreadyz check failed\n`);
  } else {
    const error = new StatusError('ServiceUnavailable', `the store is unavailable: ${reason}`, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
    send(error.code, 'application/json', `${JSON.stringify(error.toStatus())}\n`);
  }
}
