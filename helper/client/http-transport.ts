/**
 * HTTP(S) to one API server: kept-alive connections, the identity of a kubeconfig, time limits, and no knowledge of
 * Kubernetes beyond that. `rest-client.ts` stands on it.
 *
 * Rules: a call that has no side effects when repeated is sent once more if the kept connection turned out to be closed by
 * the other side; nothing else is repeated here. Watches use connections of their own, so they never starve calls.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { types } from 'node:util';
import { unreachable } from './connection-error';
import type { ClientConfig } from './kubeconfig';

/**
 * Calls in flight at once; further ones wait for a connection. Few, because a new connection costs both sides more than several
 * calls: thirty pods deleted over thirty connections took three times as long.
 */
const MAX_CONNECTIONS = 8;
const KEPT_CONNECTIONS = 4;
/** A quiet connection is asked for a sign of life after this long; ten seconds without one end it (libuv's ten tries). */
const TCP_KEEP_ALIVE_MS = 5_000;
/** The kernel's own patience is minutes, with ever longer breaks: a network that is back would be noticed late. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Calls of an identity that was replaced may take this long yet. */
const LAST_CALLS_MS = 60_000;
const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

export interface HttpCall {
  readonly method: string;
  /** with query */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** limit until the answer's head is there */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The TLS side of a kubeconfig, as node:tls, node:https and ws take it. */
export function tlsOptions(
  config: ClientConfig,
): SecureContextOptions & { rejectUnauthorized: boolean; servername?: string } {
  return {
    ...(config.ca ? { ca: config.ca } : {}),
    ...(config.certificate ? { cert: config.certificate } : {}),
    ...(config.key ? { key: config.key } : {}),
    ...(config.tlsServerName ? { servername: config.tlsServerName } : {}),
    rejectUnauthorized: !config.insecureSkipTlsVerify,
  };
}

/** Headers that say who asks; empty when the client certificate says it. */
export function authorizationHeaders({ token, impersonate = {} }: ClientConfig): Record<string, string | string[]> {
  const asOther = Object.entries(impersonate).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : [...value],
  ]);
  return { ...(token ? { authorization: `Bearer ${token}` } : {}), ...Object.fromEntries(asOther) };
}

/** The connections of calls, and those of streams. */
function agentsFor(config: ClientConfig): [HttpAgent | HttpsAgent, HttpAgent | HttpsAgent] {
  const isSecure = config.server.startsWith('https:');
  const agent = (maxSockets: number, maxFreeSockets: number) => {
    const options = { keepAlive: true, keepAliveMsecs: TCP_KEEP_ALIVE_MS, maxSockets, maxFreeSockets };
    return isSecure ? new HttpsAgent({ ...options, ...tlsOptions(config) }) : new HttpAgent(options);
  };
  return [agent(MAX_CONNECTIONS, KEPT_CONNECTIONS), agent(Number.POSITIVE_INFINITY, 0)];
}

export class HttpTransport {
  private readonly base: URL;
  private readonly send: typeof httpRequest;
  private calls: HttpAgent | HttpsAgent;
  private streams: HttpAgent | HttpsAgent;

  constructor(private config: ClientConfig) {
    this.base = new URL(config.server);
    this.send = this.base.protocol === 'https:' ? (httpsRequest as typeof httpRequest) : httpRequest;
    [this.calls, this.streams] = agentsFor(config);
  }

  /**
   * Goes on as whom this config says, towards the same server. Calls in flight end as they began; streams are closed, so
   * that watches come back on connections of the new identity.
   */
  identify(config: ClientConfig): void {
    const [calls, streams] = [this.calls, this.streams];
    this.config = { ...config, server: this.config.server };
    [this.calls, this.streams] = agentsFor(this.config);
    streams.destroy();
    setTimeout(() => calls.destroy(), LAST_CALLS_MS).unref();
  }

  /** Closes every connection, watches included. */
  close(): void {
    this.calls.destroy();
    this.streams.destroy();
  }

  /** One call with its whole answer as text. Throws {@link unreachable} errors only. */
  async call(call: HttpCall): Promise<{ readonly response: IncomingMessage; readonly text: string }> {
    try {
      return await this.callOnce(call);
    } catch (error) {
      if (!(error instanceof StaleConnection) || !REPEATABLE.has(call.method)) throw this.translate(error);
    }
    return this.callOnce(call).catch((error) => {
      throw this.translate(error);
    });
  }

  private async callOnce(call: HttpCall): Promise<{ response: IncomingMessage; text: string }> {
    const response = await this.open(call, this.calls);
    const text = await readText(response, call.timeoutMs);
    return { response, text };
  }

  /** One call whose answer is read piece by piece. Throws {@link unreachable} errors only. */
  stream(call: HttpCall): Promise<IncomingMessage> {
    return this.open(call, this.streams).catch((error) => {
      throw this.translate(error);
    });
  }

  private translate(error: unknown): Error {
    const cause = error instanceof StaleConnection ? error.cause : error;
    return unreachable(this.config.server, types.isNativeError(cause) ? cause : new Error(String(cause)));
  }

  private open(call: HttpCall, agent: HttpAgent): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request: ClientRequest = this.send({
        host: this.base.hostname.replace(/^\[|\]$/g, ''),
        port: this.base.port || (this.base.protocol === 'https:' ? 443 : 80),
        path: this.base.pathname.replace(/\/$/, '') + call.path,
        method: call.method,
        headers: {
          ...authorizationHeaders(this.config),
          ...call.headers,
          ...(call.body === undefined ? {} : { 'content-length': Buffer.byteLength(call.body) }),
        },
        agent,
        ...(call.signal ? { signal: call.signal } : {}),
      });
      const timer = setTimeout(
        () => request.destroy(new Error(`no answer to ${call.method} ${call.path} within ${call.timeoutMs} ms`)),
        call.timeoutMs,
      );
      request.once('socket', guardConnection);
      request.once('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(isStale ? new StaleConnection(error) : error);
      });
      request.end(call.body);
    });
  }
}

/** Makes a cut network an error soon, on a new connection: while it is made, and later when it is quiet, as a watch is. */
function guardConnection(socket: Socket): void {
  if (!socket.connecting) return;
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`)),
    CONNECT_TIMEOUT_MS,
  );
  socket.once('connect', () => {
    clearTimeout(timer);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  });
  socket.once('close', () => clearTimeout(timer));
}

/** A kept connection was closed by the other side before it answered. */
class StaleConnection extends Error {
  constructor(override readonly cause: Error) {
    super(cause.message);
  }
}

function readText(response: IncomingMessage, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const timer = setTimeout(
      () => response.destroy(new Error(`the answer was not complete within ${timeoutMs} ms`)),
      timeoutMs,
    );
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    response.once('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

/** The rest of an answer as text; for errors that arrive where a stream was expected. */
export const readAnswer = readText;
