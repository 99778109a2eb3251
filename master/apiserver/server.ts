/**
 * The HTTPS server: the one door of the cluster.
 *
 * Every request: parse the path -> who is it -> may they -> a handler in `rest/` on the raw request and response (the hot path), or,
 * for everything that is no object (health, discovery, OpenAPI, metrics), the Express application. A failing handler is answered with
 * a Status and a log line; the server goes on.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { unknownPath } from '../../helper/api/status-error';
import type { ApiRequest } from './api-request';
import type { Authenticate } from './auth/authenticate';
import type { Authorize } from './auth/authorize';
import type { User } from './auth/user';
import type { Registry } from './registry';
import { parseRequestInfo, type RequestInfo } from './request-info';
import { dispatch } from './rest/dispatch';
import { sendError } from './rest/error-response';
import type { ServerServices } from './server-services';

/** Longer than the connection pools of usual clients keep an idle connection. */
const KEEP_ALIVE_MS = 120_000;

export interface ApiServerParts {
  readonly registry: Registry;
  readonly services: ServerServices;
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
  /** answers what is no resource request */
  readonly app: (req: IncomingMessage, res: ServerResponse, user: User) => void;
  /** Told of every request before it runs and, through the returned function, after. */
  readonly observe: (req: IncomingMessage, res: ServerResponse, info: RequestInfo, user: User) => void;
}

/** Certificate, key and the CA client certificates are checked against, PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** The listener of both servers. */
export function createListener(parts: ApiServerParts): (req: IncomingMessage, res: ServerResponse) => void {
  const { registry, services, authenticate, authorize, app, observe } = parts;
  return (req, res) => {
    const warnings: string[] = [];
    const fail = (error: unknown) => sendError(req, res, error, registry.log, warnings);
    try {
      const info = parseRequestInfo(req.method ?? 'GET', req.url ?? '/');
      const user = authenticate(req, info.path);
      observe(req, res, info, user);
      authorize(user, info);
      if (!info.isResource) {
        app(req, res, user);
        return;
      }
      const cache = registry.find(info.group, info.version, info.resource);
      if (!cache || cache.kind.namespaced !== needsNamespace(info, cache.kind.namespaced)) throw unknownPath();
      const request: ApiRequest = { req, res, info, user, kind: cache.kind, cache, registry, services, warnings };
      dispatch(request).catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/** Objects of a namespaced kind are addressed inside a namespace; its lists may span all. Cluster kinds never are. */
function needsNamespace({ namespace, name, verb }: RequestInfo, namespaced: boolean): boolean {
  if (!namespaced) return namespace !== '';
  return namespace !== '' || (name === '' && verb !== 'create');
}

/** An HTTPS server that asks for, and does not insist on, a client certificate. */
export function createSecureServer(
  tls: TlsFiles,
  listener: (req: IncomingMessage, res: ServerResponse) => void,
): Server {
  const server = createHttpsServer(
    { ...tls, requestCert: true, rejectUnauthorized: false, noDelay: true, ALPNProtocols: ['http/1.1'] },
    listener,
  );
  return withTimeouts(server as unknown as Server);
}

/** A plain HTTP server, for loopback. */
export function createPlainServer(listener: (req: IncomingMessage, res: ServerResponse) => void): Server {
  return withTimeouts(createHttpServer({ noDelay: true }, listener));
}

function withTimeouts(server: Server): Server {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Watches live for an hour; a body must come within a minute.
  server.requestTimeout = 60_000;
  return server;
}
