/**
 * The connection that carries forwarded ports: SPDY/3.1 over an upgraded request, a pair of streams per TCP connection.
 *
 * On the `error` stream the kubelet says what went wrong with the `data` stream of the same `requestID`. A WebSocket could carry them too, but knows no half-closed
 * connections without SPDY inside; every Kubernetes speaks SPDY.
 */
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { StatusError } from '../../../helper/api/status-error';
import { unreachable } from '../../../helper/client/connection-error';
import { authorizationHeaders, readAnswer, tlsOptions } from '../../../helper/client/http-transport';
import type { ClientConfig } from '../../../helper/client/kubeconfig';
import { SpdySession } from '../../../helper/spdy/session';

const PROTOCOL = 'portforward.k8s.io';
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** Asks the server to change to SPDY. Throws StatusErrors. */
function upgrade(config: ClientConfig, path: string): Promise<Duplex> {
  const base = new URL(config.server);
  const send = base.protocol === 'https:' ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const call = send({
      host: base.hostname,
      port: base.port,
      path: base.pathname.replace(/\/$/, '') + path,
      method: 'POST',
      agent: false,
      timeout: HANDSHAKE_TIMEOUT_MS,
      headers: {
        ...authorizationHeaders(config),
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'x-stream-protocol-version': PROTOCOL,
      },
      ...tlsOptions(config),
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${HANDSHAKE_TIMEOUT_MS} ms`)));
    call.on('error', (error) => reject(unreachable(config.server, error)));
    call.on('upgrade', (_answer, socket, head) => {
      socket.setTimeout(0);
      socket.setNoDelay(true);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    call.on('response', (answer) => {
      readAnswer(answer, HANDSHAKE_TIMEOUT_MS).then((text) => {
        const body = text.startsWith('{') ? (JSON.parse(text) as unknown) : text;
        reject(StatusError.fromBody(body, answer.statusCode ?? 500));
      }, reject);
    });
    call.end();
  });
}

/** Ports of one pod, for as long as the connection lives. */
export class ForwardSession {
  private nextRequest = 0;

  private constructor(private readonly session: SpdySession) {}

  static async open(config: ClientConfig, path: string): Promise<ForwardSession> {
    const socket = await upgrade(config, path);
    return new ForwardSession(new SpdySession(socket, (stream) => stream.destroy()));
  }

  onGone(listener: () => void): void {
    this.session.onGone(listener);
  }

  /** Joins a connection with a port of the pod. `onError` hears the kubelet's words when that fails. */
  join(connection: Duplex, port: number, onError: (words: string) => void): void {
    const id = String(this.nextRequest);
    this.nextRequest += 1;
    const headers = (type: string) =>
      new Map([
        ['streamtype', type],
        ['port', String(port)],
        ['requestid', id],
      ]);
    const errors = this.session.open(headers('error'));
    let words = '';
    errors.on('data', (chunk: Buffer) => {
      words += chunk;
    });
    errors.once('end', () => {
      if (words) onError(words);
    });
    errors.end();
    const data = this.session.open(headers('data'));
    connection.pipe(data).pipe(connection);
    connection.on('error', () => data.destroy());
    // Whoever leaves first takes the other along, but a half that merely ended lets the other finish.
    connection.once('close', () => data.destroy());
    data.once('close', () => connection.destroy());
  }

  close(): void {
    this.session.close();
  }
}
