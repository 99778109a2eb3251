/**
 * pods/<name>/exec, attach and portforward: a WebSocket or SPDY connection from the client through to the kubelet.
 *
 * The client's upgrade request is sent on to the kubelet over a connection of its own; after that bytes flow both ways untouched, and
 * either side's end ends the other. What they speak is between kubectl and kubelet.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { badRequest, type Status } from '../../../helper/api/status-error';
import type { Registry } from '../registry';
import type { RequestInfo } from '../request-info';
import type { ServerServices } from '../server-services';
import type { WatchCache } from '../watch/watch-cache';
import { kubeletUnreachable } from './kubelet-connection';
import { findPodTarget, type PodTarget } from './pod-target';

const KUBELET_VERBS: Readonly<Record<string, string>> = {
  exec: 'exec',
  attach: 'attach',
  portforward: 'portForward',
};
const PASSED_ON = ['command', 'stdin', 'stdout', 'stderr', 'tty', 'ports'];
const PASSED_HEADERS = [
  'x-stream-protocol-version',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
];
const CONNECT_TIMEOUT_MS = 10_000;

/** A request that wants to leave HTTP. */
export interface UpgradeRequest {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  /** bytes of the new protocol that came with the request */
  readonly head: Buffer;
  readonly info: RequestInfo;
}

/** What the kubelet calls a subresource it streams; undefined for others. */
export const kubeletVerbOf = (subresource: string): string | undefined =>
  Object.hasOwn(KUBELET_VERBS, subresource) ? KUBELET_VERBS[subresource] : undefined;

function streamPath({ namespace, pod, container }: PodTarget, { subresource, query }: RequestInfo): string {
  const verb = kubeletVerbOf(subresource);
  const place = verb === 'portForward' ? [namespace, pod] : [namespace, pod, container];
  const options = new URLSearchParams(
    PASSED_ON.flatMap((name) => query.getAll(name).map((value): [string, string] => [name, value])),
  );
  return `/${verb}/${place.map(encodeURIComponent).join('/')}?${options}`;
}

function assertUpgradable({ headers }: IncomingMessage, { subresource, query }: RequestInfo): void {
  const protocol = headers.upgrade?.toLowerCase();
  if (protocol !== 'websocket' && protocol !== 'spdy/3.1') {
    throw badRequest(`unable to upgrade: ${JSON.stringify(headers.upgrade ?? '')} is neither SPDY/3.1 nor websocket`);
  }
  if (subresource === 'exec' && !query.has('command')) throw badRequest('you must specify at least 1 command');
}

/** Connects the client with the kubelet. Throws StatusErrors while an HTTP answer is still possible. */
export async function proxyStream(
  upgrade: UpgradeRequest,
  registry: Registry,
  services: ServerServices,
  cache: WatchCache,
): Promise<void> {
  const { req, info } = upgrade;
  assertUpgradable(req, info);
  const target = await findPodTarget(registry, services, cache, info);
  await join(upgrade, target, streamPath(target, info));
}

/** Resolves when both sides are joined; from then on each ends the other. */
function join({ req, socket, head }: UpgradeRequest, { kubelet }: PodTarget, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const upstream = connect({ ...kubelet, servername: '' });
    upstream.setNoDelay(true);
    upstream.setTimeout(CONNECT_TIMEOUT_MS, () => upstream.destroy(new Error('no answer from the kubelet')));
    const fail = (error: Error) => {
      upstream.destroy();
      reject(kubeletUnreachable(kubelet, path, error));
    };
    upstream.once('error', fail);
    socket.once('close', () => upstream.destroy());
    socket.on('error', () => upstream.destroy());
    upstream.once('secureConnect', () => {
      upstream.off('error', fail);
      upstream.setTimeout(0);
      upstream.on('error', () => socket.destroy());
      upstream.once('close', () => socket.destroy());
      upstream.write(requestHead(req, kubelet, path));
      if (head.length > 0) upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
      resolve();
    });
  });
}

function requestHead(
  { method, headers }: IncomingMessage,
  { host, port }: { host: string; port: number },
  path: string,
): string {
  const passed = PASSED_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]));
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}:${port}`,
    'Connection: Upgrade',
    `Upgrade: ${headers.upgrade}`,
    ...passed,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** An ordinary HTTP answer on a connection that asked to upgrade. */
export function refuseUpgrade(socket: Duplex, status: Status): void {
  const body = JSON.stringify(status);
  const lines = [
    `HTTP/1.1 ${status.code} ${status.reason ?? 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  // What is not read is never seen to end.
  socket.resume();
}
