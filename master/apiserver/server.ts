/**
 * The HTTPS server: the one door of the cluster.
 *
 * Every request: parse the path -> who is it -> may they -> is there a seat -> the extension server of its group version, or a handler in `rest/` on the raw request and response (the hot path), or,
 * for everything that is no object (health, discovery, OpenAPI, metrics), the Express application. A failing handler is answered with
 * a Status and a log line; the server goes on.
 */
import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { DEFAULT_CIPHERS } from 'node:tls';
import { podResource } from '../../helper/api/core/pod';
import { unknownPath } from '../../helper/api/status-error';
import { admitConnection } from './admission/connect';
import { passOn, passUpgradeOn } from './aggregation/pass-on';
import type { ApiRequest } from './api-request';
import type { Auditor } from './audit/auditor';
import { UNKNOWN_SENDER } from './audit/failed-authentication';
import { admitRequest } from './auth/admit-request';
import type { Authenticate } from './auth/authenticate';
import type { User } from './auth/user';
import { handleComponentStatus } from './component-status/handle-component-status';
import type { Observe } from './observe';
import { deadlineExceeded, deadlineMs } from './protection/request-deadline';
import { isLongRunning, type RequestGate } from './protection/request-gate';
import { refuseUpgrade } from './proxy/exec';
import { serveUpgrade } from './proxy/upgrade';
import type { Registry } from './registry';
import { parseRequestInfo, type RequestInfo } from './request-info';
import { annotate, type RequestTrace } from './request-trace';
import { handleMetrics } from './resource-metrics/handle-metrics';
import { dispatch } from './rest/dispatch';
import { asStatusError, sendError } from './rest/error-response';
import { setWarnings } from './rest/respond';
import { handleBinding } from './rest/subresources/binding';
import { watchOverSocket } from './rest/watch';
import { handleReview } from './reviews/handle-review';
import type { ServerServices } from './server-services';

/** Longer than the connection pools of usual clients keep an idle connection. */
const KEEP_ALIVE_MS = 120_000;
/** A whole request, head and body, must come within a minute, its head in less. */
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 20_000;
/** Request line and headers; more is 431. Long tokens and selectors fit. */
const MAX_HEADER_BYTES = 64 * 1024;

const LONGEST_AUDIT_ID = 64;

/**
 * A quiet connection is asked for a sign of life after this long; ten seconds without one end it (libuv's ten tries), and with it the
 * watch of a client that was cut off from the network. Kubernetes asks after three minutes.
 */
const SIGN_OF_LIFE_MS = 30_000;

const HTTP_OPTIONS = {
  noDelay: true,
  maxHeaderSize: MAX_HEADER_BYTES,
  keepAlive: true,
  keepAliveInitialDelay: SIGN_OF_LIFE_MS,
};

export interface ApiServerParts {
  readonly registry: Registry;
  readonly services: ServerServices;
  readonly authenticate: Authenticate;
  /** answers what is no resource request */
  readonly app: (req: IncomingMessage, res: ServerResponse) => void;
  readonly gate: RequestGate;
  readonly observe: Observe;
  readonly auditor: Auditor;
}

/** Kubernetes' choice where the processor knows AES; a tenth less work an answer than the 256 bit that Node's clients ask for first. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  ...DEFAULT_CIPHERS.split(':').filter((name) => name !== 'TLS_AES_128_GCM_SHA256'),
].join(':');

/** Certificate, key and the CA client certificates are checked against, PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

type Listener = (req: IncomingMessage, res: ServerResponse) => void;
type UpgradeListener = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Objects of a namespaced kind are addressed inside a namespace; its lists may span all. Cluster kinds never are. */
function isAddressedRightly({ namespace, name, verb }: RequestInfo, namespaced: boolean): boolean {
  if (!namespaced) return namespace === '';
  // A list or watch has a name when it asks for it by field selector.
  return namespace !== '' || verb === 'list' || verb === 'watch' || (name === '' && verb !== 'create');
}

/** Answers all requests. */
function createListener(parts: ApiServerParts): Listener {
  const { registry, services, gate, observe } = parts;
  return (req, res) => {
    const warnings: string[] = [];
    try {
      const info = parseRequestInfo(req.method ?? 'GET', req.url ?? '/');
      const trace = beginTrace(req, info, identify(req, info, parts));
      res.trace = trace;
      observe(req, res, trace);
      admitRequest(req, trace, services.access.authorizer);
      const waiting = gate.enter(trace, res);
      if (!waiting) serve(parts, req, res, trace, warnings);
      else {
        const begin = () => serve(parts, req, res, trace, warnings);
        waiting.then(begin).catch((error) => sendError(req, res, error, registry.log, warnings));
      }
    } catch (error) {
      sendError(req, res, error, registry.log, warnings);
    }
  };
}

/** A sender may name his request himself. */
function auditIdOf({ headers }: IncomingMessage): string {
  const given = headers['audit-id'];
  return typeof given === 'string' && given.length <= LONGEST_AUDIT_ID ? given : randomUUID();
}

function beginTrace(req: IncomingMessage, info: RequestInfo, sender: User): RequestTrace {
  return {
    info,
    sender,
    user: sender,
    decision: undefined,
    ticket: undefined,
    startedAt: performance.now(),
    object: undefined,
    auditId: auditIdOf(req),
  };
}

/** Who sent it. Who shows credentials that are not good leaves a line in the audit trail and is refused. */
function identify(req: IncomingMessage, info: RequestInfo, { authenticate, auditor }: ApiServerParts): User {
  try {
    return authenticate(req);
  } catch (error) {
    auditor.turnedAway(req, beginTrace(req, info, UNKNOWN_SENDER));
    throw error;
  }
}

/** Has a request that was let in answered. */
function serve(
  parts: ApiServerParts,
  req: IncomingMessage,
  res: ServerResponse,
  trace: RequestTrace,
  warnings: string[],
) {
  const { registry, services } = parts;
  const { info, user } = trace;
  const limitMs = deadlineMs(info.query);
  const fail = (error: unknown) => sendError(req, res, error, registry.log, warnings);
  const extension = services.extensions.find(info);
  // Handlers of objects write it with their other headers.
  if (extension || !info.isResource) res.setHeader('Audit-Id', trace.auditId);
  if (extension) {
    passOn(extension, { req, res, user });
    if (isLongRunning(info)) return;
    const limit = setTimeout(() => fail(deadlineExceeded()), limitMs);
    res.once('close', () => clearTimeout(limit));
    return;
  }
  if (!info.isResource) {
    parts.app(req, res);
    return;
  }
  // Reads are answered here and now; only what has to wait makes a promise.
  const answering = answer({ req, res, info, user, trace, registry, services, warnings });
  if (!answering) return;
  const timer = isLongRunning(info) ? undefined : setTimeout(() => fail(deadlineExceeded()), limitMs);
  answering.then(
    () => clearTimeout(timer),
    (error) => {
      clearTimeout(timer);
      fail(error);
    },
  );
}

function answer(begun: Omit<ApiRequest, 'kind' | 'cache'>): void | Promise<void> {
  const { req, res, info, user, trace, registry, services, warnings } = begun;
  const cache = registry.find(info.group, info.version, info.resource);
  if (cache && isAddressedRightly(info, cache.kind.namespaced)) {
    // Named one by one: a spread costs several microseconds, on every request.
    const request = { req, res, info, user, trace, registry, services, warnings, kind: cache.kind, cache };
    const { deprecation } = cache.kind;
    if (deprecation) {
      warnings.push(deprecation);
      annotate(trace, 'k8s.io/deprecated', 'true');
      setWarnings(res, warnings);
    }
    const filling = cache.whenReady();
    return filling ? filling.then(() => dispatch(request)) : dispatch(request);
  }
  // The one resource that is not stored: a binding is a pod's decision, posted without the pod in the path.
  if (info.group === '' && info.resource === 'bindings' && info.verb === 'create' && !info.name && info.namespace) {
    const pods = registry.cacheOf(podResource);
    return handleBinding({ ...begun, kind: pods.kind, cache: pods });
  }
  const unstored = registry.findUnstored(info.group, info.version, info.resource);
  if (unstored && isAddressedRightly(info, unstored.namespaced)) {
    const asked = { ...begun, kind: unstored };
    if (!unstored.verbs) return handleReview(asked);
    return unstored.group === '' ? handleComponentStatus(asked) : handleMetrics(asked);
  }
  throw unknownPath();
}

/** Answers requests that want to leave HTTP: exec, attach, port forwarding, and watches of browsers. */
function createUpgradeListener(parts: ApiServerParts): UpgradeListener {
  const { registry, services, auditor } = parts;
  return (req, socket, head) => {
    socket.on('error', () => socket.destroy());
    let trace: RequestTrace | undefined;
    const refuse = (error: unknown) => {
      const status = asStatusError(error, registry.log, `${req.method} ${req.url}`).toStatus();
      if (trace) auditor.refused(req, trace, status);
      refuseUpgrade(socket, status);
    };
    try {
      const info = parseRequestInfo(req.method ?? 'GET', req.url ?? '/');
      const begun = beginTrace(req, info, identify(req, info, parts));
      trace = begun;
      admitRequest(req, begun, services.access.authorizer);
      const extension = services.extensions.find(info);
      if (extension) {
        passUpgradeOn(extension, { req, socket, head, info }, begun.user);
        auditor.upgraded(req, socket, begun);
        return;
      }
      const cache = registry.find(info.group, info.version, info.resource);
      if (cache && info.verb === 'watch' && !info.subresource && isAddressedRightly(info, cache.kind.namespaced)) {
        watchOverSocket({ req, info, kind: cache.kind, cache }, socket, head).then(
          () => auditor.upgraded(req, socket, begun),
          refuse,
        );
        return;
      }
      const serve = () =>
        serveUpgrade({ req, socket, head, info }, registry, services).then(
          () => auditor.upgraded(req, socket, begun),
          refuse,
        );
      const asked =
        cache &&
        admitConnection({ info, kind: cache.kind, registry, services, user: begun.user, warnings: [], trace: begun });
      if (asked) asked.then(serve, refuse);
      else void serve();
    } catch (error) {
      refuse(error);
    }
  };
}

function prepared(server: Server, parts: ApiServerParts): Server {
  server.on('request', createListener(parts));
  server.on('upgrade', createUpgradeListener(parts));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  return server;
}

/** An HTTPS server that asks for, and does not insist on, a client certificate. */
export function createSecureServer(tls: TlsFiles, parts: ApiServerParts): Server {
  const options = {
    ...tls,
    requestCert: true,
    rejectUnauthorized: false,
    ...HTTP_OPTIONS,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    ALPNProtocols: ['http/1.1'],
  };
  return prepared(createHttpsServer(options) as unknown as Server, parts);
}

/** A plain HTTP server, for loopback. */
export function createPlainServer(parts: ApiServerParts): Server {
  return prepared(createHttpServer(HTTP_OPTIONS), parts);
}
