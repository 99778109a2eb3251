/**
 * The kubelet's HTTPS server: where the API server gets logs and sends exec and attach.
 *
 * Every request is authenticated and authorized first (`kubelet-access.ts`).
 * https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/#apiserver-to-kubelet
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import type { Pod } from '../../../helper/api/core/pod';
import type { Cache } from '../../../helper/client/informer';
import type { Logger } from '../../../helper/process/component';
import { METRICS_CONTENT_TYPE, renderMetrics } from '../../../helper/process/metrics';
import { type Runtime, RuntimeError } from '../../runtime/runtime';
import { isTrue, parseLogQuery, sendLogs } from './container-logs';
import { logContainer, runningContainer } from './find-container';
import { HttpError } from './http-error';
import type { KubeletAccess } from './kubelet-access';
import { bridge, CHANNEL, failureStatus, STREAM_PROTOCOLS } from './remote-command';
import { StatsSummary } from './stats-summary';

export interface KubeletServerOptions {
  readonly home: string;
  readonly nodeName: string;
  /** address to listen on; the node's own */
  readonly host?: string;
  readonly port: number;
  /** who may ask */
  readonly access: KubeletAccess;
  readonly runtime: Runtime;
  readonly pods: Cache<Pod>;
  readonly log: Logger;
}

export interface KubeletServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens; throws with a clear line when the port is taken. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const pki = (name: string) => readFileSync(join(options.home, 'pki', name));
  const server = createServer({
    key: pki('kubelet.key'),
    cert: pki('kubelet.crt'),
    ca: pki('ca.crt'),
    requestCert: true,
    // The answer to a stranger is 401 in HTTP, not a broken handshake nobody can read.
    rejectUnauthorized: false,
  });
  const handler = new RequestHandler(options);
  server.on('request', (request, response) => void handler.handle(request, response));
  server.on('upgrade', (request, socket, head) => void handler.upgrade(request, socket, head));
  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        handler.closeStreams();
      }),
  };
}

function listen(server: Server, { port, host }: KubeletServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(isTaken ? new Error(`port ${port} of the kubelet is taken by another process`, { cause: error }) : error);
    });
    server.listen({ port, ...(host ? { host } : {}) }, () => resolve());
  });
}

class RequestHandler {
  private readonly stats: StatsSummary;
  private sockets: WebSocketServer | undefined;

  constructor(private readonly options: KubeletServerOptions) {
    this.stats = new StatsSummary(options.runtime, options.nodeName, options.home);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.options.access.check(request);
      await this.route(request, response);
    } catch (error) {
      const code = errorCode(error);
      if (code >= 500) this.options.log.warn({ url: request.url, error: String(error) }, 'request failed');
      if (response.headersSent) response.destroy();
      else answer(response, code, 'text/plain', error instanceof Error ? error.message : String(error));
    }
  }

  /** exec and attach arrive as WebSocket upgrades; errors before the upgrade are plain HTTP answers. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      await this.options.access.check(request);
      const url = new URL(request.url ?? '/', 'https://kubelet');
      const [verb = '', ...place] = url.pathname.split('/').slice(1).map(decodeURIComponent);
      if (verb !== 'exec' && verb !== 'attach') throw new HttpError(404, `no stream at "${url.pathname}"`);
      const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
      if (!STREAM_PROTOCOLS.some((protocol) => offered.includes(protocol))) {
        throw new HttpError(
          403,
          `unable to upgrade: none of [${offered.join(' ')}] is one of [${STREAM_PROTOCOLS.join(' ')}]`,
        );
      }
      const { container } = await this.find(place, runningContainer);
      await this.stream(verb, container.id, url.searchParams, request, socket, head);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const reply = `HTTP/1.1 ${errorCode(error)} Error\r\nContent-Type: text/plain\r\nConnection: close\r\n`;
      socket.end(`${reply}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    }
  }

  closeStreams(): void {
    for (const socket of this.sockets?.clients ?? []) socket.terminate();
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [first = '', ...place] = url.pathname.split('/').slice(1).map(decodeURIComponent);
    if (request.method !== 'GET') throw new HttpError(405, `method ${request.method} is not allowed here`);
    const { pods, runtime } = this.options;
    switch (first) {
      case 'healthz':
        return answer(response, 200, 'text/plain', 'ok');
      case 'metrics':
        return answer(response, 200, METRICS_CONTENT_TYPE, await renderMetrics());
      case 'pods':
        return json(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list() });
      case 'stats':
        return json(response, await this.stats.collect());
      case 'containerLogs': {
        const query = parseLogQuery(url.searchParams, new Date());
        const { container } = await this.find(place, (pod, all, name) => logContainer(pod, all, name, query.previous));
        return sendLogs(runtime, container.id, query, request, response);
      }
      default:
        // Kubernetes also serves /portForward, /run, /checkpoint and /debug here; port forwarding comes with kubectl's verb.
        throw new HttpError(404, '404 page not found');
    }
  }

  private async find<T>(
    place: readonly string[],
    choose: (pod: Pod, containers: Awaited<ReturnType<Runtime['listContainers']>>, name: string) => T,
  ): Promise<{ container: T }> {
    const [namespace = '', podName = '', name = ''] = place;
    const pod = this.options.pods.get(namespace, podName);
    if (!pod) throw new HttpError(404, `pod "${podName}" not found`);
    const containers = await this.options.runtime.listContainers(pod.metadata.uid);
    return { container: choose(pod, containers, name) };
  }

  private async stream(
    verb: 'exec' | 'attach',
    containerId: string,
    query: URLSearchParams,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { WebSocketServer } = await import('ws');
    this.sockets ??= new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => STREAM_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
    });
    const wants = (...names: string[]) => names.some((name) => isTrue(query.get(name)));
    const tty = wants('tty');
    const streams = { stdin: wants('stdin', 'input'), stdout: wants('stdout', 'output'), tty };
    // A terminal is one stream: what the command writes to stderr comes on stdout.
    const target = { ...streams, stderr: !tty && wants('stderr', 'error') };
    const command = query.getAll('command');
    this.sockets.handleUpgrade(request, socket, head, async (websocket) => {
      websocket.on('error', () => websocket.terminate());
      // Messages that arrive while the command is being started wait in the socket.
      websocket.pause();
      try {
        const { runtime } = this.options;
        const session =
          verb === 'exec'
            ? await runtime.exec(containerId, { ...target, command })
            : await runtime.attach(containerId, target);
        websocket.resume();
        await bridge(websocket, session, command);
      } catch (error) {
        websocket.resume();
        const status = failureStatus(error instanceof Error ? error.message : String(error));
        websocket.send(Buffer.concat([Buffer.of(CHANNEL.status), Buffer.from(JSON.stringify(status))]));
        websocket.close(1000);
      }
    });
  }
}

function errorCode(error: unknown): number {
  if (error instanceof HttpError) return error.code;
  return error instanceof RuntimeError && error.reason === 'NotFound' ? 404 : 500;
}

function answer(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, { 'Content-Type': type });
  response.end(body);
}

function json(response: ServerResponse, body: object): void {
  answer(response, 200, 'application/json', JSON.stringify(body));
}
