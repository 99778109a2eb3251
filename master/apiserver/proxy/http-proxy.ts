/**
 * The proxy subresource of pods, services and nodes: an HTTP request passed on to what they run, and the answer back.
 *
 * The path after `/proxy` is the path there; links and redirects of the answer are made to come back through the proxy. Credentials
 * for the API server stay here. A request to upgrade becomes a pipe of bytes.
 * https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
 */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { unavailable } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import type { Registry } from '../registry';
import type { ServerServices } from '../server-services';
import type { UpgradeRequest } from './exec';
import { isPassedOn } from './passed-headers';
import { connectToTarget } from './proxy-connection';
import { splitProxyPath } from './proxy-name';
import { findProxyTarget, type ProxyTarget } from './proxy-target';
import { linkRewriter, rewriteLink } from './rewrite-links';

const hostOf = ({ scheme, host, port }: ProxyTarget) => {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
};

interface Addressed {
  /** what stands before the path of the proxied server */
  readonly prefix: string;
  readonly path: string;
  readonly query: string;
}

function addressed(url: string): Addressed {
  const mark = url.indexOf('?');
  const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark)];
  const { prefix, rest } = splitProxyPath(path);
  return { prefix, path: rest, query };
}

/** Headers for the proxied server. */
function requestHeaders(req: IncomingMessage, target: ProxyTarget, { prefix, path }: Addressed) {
  const headers: Record<string, string | string[]> = { host: hostOf(target) };
  for (const [name, values] of Object.entries(req.headersDistinct)) {
    if (values && isPassedOn(name)) headers[name] = values;
  }
  const client = req.socket.remoteAddress;
  if (client) headers['x-forwarded-for'] = [req.headers['x-forwarded-for'] ?? [], client].flat().join(', ');
  headers['x-forwarded-uri'] = prefix + (path || '/');
  return headers;
}

/** Passes the answer on; a page's links are rewritten on the way. */
function sendAnswer(answer: IncomingMessage, res: ServerResponse, target: ProxyTarget, { prefix }: Addressed): void {
  const stages: Transform[] = [];
  const isPage = (answer.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() === 'text/html';
  const encoding = answer.headers['content-encoding'];
  if (isPage && answer.headers.location === undefined && (encoding === undefined || encoding === 'gzip')) {
    if (encoding === 'gzip') stages.push(createGunzip());
    stages.push(linkRewriter(prefix, hostOf(target)));
  }
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    const isChanged = stages.length > 0 && (name === 'content-length' || name === 'content-encoding');
    if (values && isPassedOn(name) && !isChanged && !name.startsWith('access-control-')) res.setHeader(name, values);
  }
  const { location } = answer.headers;
  if (location !== undefined) res.setHeader('location', rewriteLink(location, prefix, hostOf(target)));
  res.writeHead(answer.statusCode ?? 502, answer.statusMessage);
  res.flushHeaders();
  pipeline([answer, ...stages, res], () => undefined);
}

/** Answers a proxy request, whatever its method. */
export async function handleProxy({ req, res, info, registry, services, trace }: ApiRequest): Promise<void> {
  res.setHeader('Audit-Id', trace.auditId);
  const at = addressed(req.url ?? '/');
  // Relative links of a page need the slash.
  if (at.path === '' && (req.method === 'GET' || req.method === 'HEAD')) {
    res.writeHead(301, { Location: `${at.prefix}/${at.query}` }).end();
    return;
  }
  const target = await findProxyTarget(info, registry, services);
  const socket = await reach(target);
  await new Promise<void>((resolve, reject) => {
    const { method } = req;
    const headers = requestHeaders(req, target, at);
    const path = (at.path || '/') + at.query;
    const passed = httpRequest({ createConnection: () => socket, method, path, headers, setHost: false });
    passed.on('error', (error) => (res.headersSent ? res.destroy() : reject(cannotReach(error))));
    passed.on('response', (answer) => {
      sendAnswer(answer, res, target, at);
      resolve();
    });
    res.on('close', () => socket.destroy());
    pipeline(req, passed, () => undefined);
  });
}

/** A request to upgrade: after the request's head the bytes of both sides are joined. Throws StatusErrors before that. */
export async function proxyUpgrade(
  { req, socket, head, info }: UpgradeRequest,
  registry: Registry,
  services: ServerServices,
): Promise<void> {
  const at = addressed(req.url ?? '/');
  const target = await findProxyTarget(info, registry, services);
  const upstream = await reach(target);
  const headers = { ...requestHeaders(req, target, at), connection: 'Upgrade', upgrade: req.headers.upgrade ?? '' };
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}`),
  );
  upstream.write(`${[`${req.method} ${at.path || '/'}${at.query} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
  if (head.length > 0) upstream.write(head);
  socket.once('close', () => upstream.destroy());
  upstream.once('close', () => socket.destroy());
  upstream.on('error', () => socket.destroy());
  upstream.pipe(socket);
  socket.pipe(upstream);
}

async function reach(target: ProxyTarget) {
  try {
    return await connectToTarget(target);
  } catch (error) {
    throw cannotReach(error instanceof Error ? error : new Error(String(error)));
  }
}

const cannotReach = (error: Error) => unavailable(`error trying to reach service: ${error.message}`);
