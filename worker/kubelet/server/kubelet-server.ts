/**
 * The kubelet's HTTPS server: where the API server gets logs and sends exec, attach and port forwarding (`streams/`).
 *
 * Every request is authenticated and authorized first (`kubelet-access.ts`).
 * https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/#apiserver-to-kubelet
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Pod } from '../../../helper/api/core/pod';
import type { Cache } from '../../../helper/client/informer';
import type { Logger } from '../../../helper/process/component';
import { METRICS_CONTENT_TYPE, renderMetrics } from '../../../helper/process/metrics';
import type { NetworkNames } from '../../network/network-state';
import { type Runtime, RuntimeError } from '../../runtime/runtime';
import { deleteVolumeData } from '../../volumes/provisioned';
import { renderResourceMetrics } from '../stats/resource-metrics';
import { StatsSummary } from '../stats/stats-summary';
import { parseLogQuery, sendLogs } from './container-logs';
import { HttpError } from './http-error';
import type { KubeletAccess } from './kubelet-access';
import { PodFinder } from './pod-finder';
import { followServingPair, readServingPair } from './serving-pair';
import { refuseUpgrade } from './streams/negotiate';
import { StreamServer } from './streams/stream-server';

/** As much as the API server takes: the words of a command travel in the address of its request. */
const MAX_HEADER_BYTES = 64 * 1024;

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
  /** what the network of this node is called */
  readonly names: NetworkNames;
  readonly log: Logger;
}

export interface KubeletServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens; throws with a clear line when the port is taken. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const server = createServer({
    ...readServingPair(options.home),
    requestCert: true,
    // The answer to a stranger is 401 in HTTP, not a broken handshake nobody can read.
    rejectUnauthorized: false,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  const handler = new RequestHandler(options);
  server.on('request', (request, response) => void handler.handle(request, response));
  server.on('upgrade', (request, socket, head) => void handler.upgrade(request, socket, head));
  await listen(server, options);
  const stopFollowing = followServingPair(options.home, options.log, (pair) => server.setSecureContext(pair));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    stop: () =>
      new Promise((resolve) => {
        stopFollowing();
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
  private readonly finder: PodFinder;
  private readonly streams: StreamServer;

  constructor(private readonly options: KubeletServerOptions) {
    this.stats = new StatsSummary(options.runtime, options.nodeName, options.home);
    this.finder = new PodFinder(options.pods, options.runtime);
    this.streams = new StreamServer(options.runtime, this.finder);
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

  /** What leaves HTTP; errors before the upgrade are plain HTTP answers. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      await this.options.access.check(request);
      const url = new URL(request.url ?? '/', 'https://kubelet');
      const [verb = '', ...place] = url.pathname.split('/').slice(1).map(decodeURIComponent);
      await this.streams.serve(verb, place, url.searchParams, { request, socket, head });
    } catch (error) {
      refuseUpgrade(socket, errorCode(error), error instanceof Error ? error.message : String(error));
    }
  }

  closeStreams(): void {
    this.streams.close();
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [first = '', ...place] = url.pathname.split('/').slice(1).map(decodeURIComponent);
    if (request.method === 'DELETE' && first === 'volumes') {
      await deleteVolumeData(this.options.home, place, url.searchParams);
      return answer(response, 200, 'text/plain', 'ok');
    }
    if (request.method !== 'GET') throw new HttpError(405, `method ${request.method} is not allowed here`);
    const { pods, runtime } = this.options;
    switch (first) {
      case 'healthz':
        return answer(response, 200, 'text/plain', 'ok');
      case 'metrics':
        return answer(response, 200, METRICS_CONTENT_TYPE, await this.metrics(place));
      case 'pods':
        return json(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list() });
      case 'stats':
        if (place[0] !== 'summary' || place.length > 1) throw notHere();
        return json(response, await this.stats.collect());
      case 'network': {
        // Asked for by `kubectl trace path`; not part of Kubernetes' kubelet.
        const { readNetworkState } = await import('../../network/network-state');
        return json(response, await readNetworkState(url.searchParams, this.options.names));
      }
      case 'containerLogs': {
        const query = parseLogQuery(url.searchParams, new Date());
        const container = await this.finder.logContainer(place, query.previous);
        return sendLogs(runtime, container.id, query, request, response);
      }
      default:
        // Kubernetes also serves /run, /checkpoint and /debug here.
        throw notHere();
    }
  }

  /** `/metrics` is about this process, `/metrics/resource` and `/metrics/cadvisor` about what runs on the node. */
  private async metrics(place: readonly string[]): Promise<string> {
    if (place.length === 0) return await renderMetrics();
    if (place[0] === 'cadvisor' && place.length === 1) return await this.stats.cadvisor();
    if (place[0] !== 'resource' || place.length > 1) throw notHere();
    const summary = await this.stats.collect().catch((error: unknown) => {
      this.options.log.warn({ error: String(error) }, 'resource metrics could not be measured');
      return undefined;
    });
    return renderResourceMetrics(summary);
  }
}

const notHere = () => new HttpError(404, '404 page not found');

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
