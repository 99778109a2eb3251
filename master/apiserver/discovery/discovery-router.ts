/**
 * The routes of discovery, /version and OpenAPI v3.
 *
 * Documents are made when first asked for, kept as bytes and answered with an ETag, so that a client that has one gets
 * 304. Paths that name no group fall through to the api-server's own 404.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type NextFunction, type Request, type Response, Router } from 'express';
import type { Kind } from '../../../helper/api/kind';
import { notAcceptable } from '../../../helper/api/status-error';
import { acceptsJson, parseAccept } from './accept';
import { type AggregatedVersion, aggregatedContentType, aggregatedDiscovery } from './aggregated';
import { apiGroup, apiGroupList, apiResourceList, apiVersions, rootPaths } from './api-groups';
import { type ExternalVersion, openApiPathOf } from './external-version';
import { openApiDocument, openApiGroups, openApiIndex, openApiUrl } from './openapi';
import { OpenApiV2, openApiV2Hash } from './openapi-v2';
import { encodeOpenApiV2, OPENAPI_V2_PROTOBUF } from './openapi-v2-protobuf';
import { serverVersion } from './server-version';

/** One answer, serialized. OpenAPI documents are kept compressed: a megabyte becomes a tenth. */
interface Answer {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly contentType: string;
  readonly gzipped: boolean;
}

const JSON_TYPE = 'application/json';
const YEAR_SECONDS = 365 * 24 * 3600;

/** The kinds there are; `generation` is another number whenever the list is another. */
interface ServedKinds {
  readonly kinds: readonly Kind[];
  /** what extension servers serve */
  readonly external: readonly ExternalVersion[];
  readonly generation: number;
}

/** Mount at the root: serves /, /api, /apis and below, /version and OpenAPI for the kinds that are served at the time. */
export function discoveryRouter(served: ServedKinds): Router {
  const router = Router();
  const remember = rememberAnswers(served);
  const plain = (name: string, make: () => unknown) => remember(name, () => answerOf(make(), JSON_TYPE));

  router.get('/', (request, response) =>
    send(
      request,
      response,
      plain('/', () => rootPaths(served.kinds, served.external)),
    ),
  );
  router.get('/version', (request, response) => send(request, response, plain('/version', serverVersion)));

  router.get(['/api', '/apis'], (request, response) => {
    const root = request.path.startsWith('/apis') ? 'apis' : 'api';
    const form = discoveryForm(request.headers.accept);
    if (form === 'plain') {
      const { localAddress = '', localPort = 0 } = request.socket;
      const make = () =>
        root === 'api'
          ? apiVersions(served.kinds, serverAddress(localAddress, localPort))
          : apiGroupList(served.kinds, served.external);
      return send(request, response, root === 'api' ? answerOf(make(), JSON_TYPE) : plain('/apis', make));
    }
    const make = () =>
      answerOf(aggregatedDiscovery(served.kinds, root, form, served.external), aggregatedContentType(form));
    send(request, response, remember(`/${root} ${form}`, make));
  });

  const sendIfFound = (request: Request, response: Response, next: NextFunction, document: unknown) => {
    if (!document) return next();
    requireJson(request.headers.accept);
    send(request, response, answerOf(document, JSON_TYPE));
  };
  router.get('/apis/:group', (request, response, next) => {
    sendIfFound(request, response, next, apiGroup(served.kinds, request.params.group, served.external));
  });
  router.get('/api/:version', (request, response, next) => {
    sendIfFound(request, response, next, apiResourceList(served.kinds, '', request.params.version));
  });
  router.get('/apis/:group/:version', (request, response, next) => {
    const { group, version } = request.params;
    sendIfFound(request, response, next, apiResourceList(served.kinds, group, version));
  });

  addOpenApi(router, served, remember);
  return router;
}

/** /openapi/v2, /openapi/v3 and one path below it for each group version. */
function addOpenApi(router: Router, served: ServedKinds, remember: ReturnType<typeof rememberAnswers>) {
  const groups = perGeneration(served, (kinds, external) => {
    const taken = new Set(external.map(openApiPathOf));
    return openApiGroups(kinds).filter(({ path }) => !taken.has(path));
  });
  const parts = () => served.external.flatMap(({ openApiV2 }) => openApiV2 ?? []);
  const v2 = new OpenApiV2();
  router.get('/openapi/v2', (request, response) => {
    const type = openApiV2Type(request.headers.accept);
    const options = { etag: openApiV2Hash(groups(), parts()), gzip: true };
    if (type === JSON_TYPE) {
      const make = () => answerOf(v2.document(groups(), parts()), type, options);
      return send(request, response, remember('/openapi/v2', make));
    }
    const make = () => answerOf(encodeOpenApiV2(v2.document(groups(), parts())), type, options);
    send(request, response, remember('/openapi/v2 protobuf', make));
  });
  router.get('/openapi/v3', (request, response) => {
    requireJson(request.headers.accept);
    send(
      request,
      response,
      remember('/openapi/v3', () => answerOf(openApiIndex(groups(), served.external), JSON_TYPE)),
    );
  });
  router.get('/openapi/v3/*path', (request, response, next) => {
    const path = request.path.slice('/openapi/v3/'.length);
    const group = groups().find((each) => each.path === path);
    if (!group) return next();
    requireJson(request.headers.accept);
    const { hash } = request.query;
    // A client that holds an old index is shown the way to the document there is now.
    if (hash !== undefined && hash !== group.hash) return response.redirect(301, openApiUrl(group));
    const caching = hash === undefined ? 'no-cache, private' : `public, max-age=${YEAR_SECONDS}, immutable`;
    response.set('Cache-Control', caching);
    const make = () => answerOf(openApiDocument(group), JSON_TYPE, { etag: group.hash, gzip: true });
    send(request, response, remember(group.path, make));
  });
}

/** What `make` makes of the kinds, made again when they have changed. */
function perGeneration<T>(
  served: ServedKinds,
  make: (kinds: readonly Kind[], external: readonly ExternalVersion[]) => T,
): () => T {
  let madeOf = -1;
  let made: T | undefined;
  return () => {
    if (made === undefined || madeOf !== served.generation) {
      madeOf = served.generation;
      made = make(served.kinds, served.external);
    }
    return made;
  };
}

/** Keeps every answer once it has been made, until the kinds change. There are as many as there are documents: a few dozen. */
function rememberAnswers(served: ServedKinds) {
  const current = perGeneration(served, () => new Map<string, Answer>());
  return (name: string, make: () => Answer): Answer => {
    const answers = current();
    const known = answers.get(name);
    if (known) return known;
    const answer = make();
    answers.set(name, answer);
    return answer;
  };
}

function answerOf(document: unknown, contentType: string, options: { etag?: string; gzip?: boolean } = {}): Answer {
  const text = Buffer.isBuffer(document) ? document : Buffer.from(JSON.stringify(document));
  const etag = options.etag ?? createHash('sha256').update(text).digest('hex').toUpperCase();
  const gzipped = options.gzip ?? false;
  return { bytes: gzipped ? gzipSync(text) : text, etag: `"${etag}"`, contentType, gzipped };
}

function send(request: Request, response: Response, answer: Answer): void {
  response.setHeader('ETag', answer.etag);
  response.setHeader('Vary', 'Accept, Accept-Encoding');
  if (request.headers['if-none-match'] === answer.etag) {
    response.status(304).end();
    return;
  }
  const compressed = answer.gzipped && request.acceptsEncodings('gzip') === 'gzip';
  if (compressed) response.setHeader('Content-Encoding', 'gzip');
  // setHeader and end, not Express' send(): it would add a charset, and clients compare the aggregated type whole.
  response.setHeader('Content-Type', answer.contentType);
  const body = answer.gzipped && !compressed ? gunzipSync(answer.bytes) : answer.bytes;
  response.setHeader('Content-Length', body.length);
  response.status(200).end(request.method === 'HEAD' ? undefined : body);
}

/** The form of discovery the client likes best of those there are; throws notAcceptable when it takes none. */
function discoveryForm(accept: string | undefined): AggregatedVersion | 'plain' {
  for (const clause of parseAccept(accept)) {
    if (acceptsJson(clause)) return 'plain';
    const { g, v, as } = clause.parameters;
    const isAggregated = as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io';
    if (clause.type === JSON_TYPE && isAggregated && (v === 'v2' || v === 'v2beta1')) return v;
  }
  throw onlyJson();
}

/** JSON, or the protobuf message by the name the client has for it; throws notAcceptable when it takes neither. */
function openApiV2Type(accept: string | undefined): string {
  for (const clause of parseAccept(accept)) {
    if (acceptsJson(clause)) return JSON_TYPE;
    if (OPENAPI_V2_PROTOBUF.asked.includes(clause.type)) return OPENAPI_V2_PROTOBUF.answered;
  }
  throw notAcceptable(`only the following media types are accepted: ${JSON_TYPE}, ${OPENAPI_V2_PROTOBUF.answered}`);
}

function requireJson(accept: string | undefined): void {
  if (!parseAccept(accept).some(acceptsJson)) throw onlyJson();
}

const onlyJson = () => notAcceptable(`only the following media types are accepted: ${JSON_TYPE}`);

/** `10.0.0.1:6443`; IPv4 addresses without the prefix of a dual-stack socket, IPv6 in brackets. */
function serverAddress(address: string, port: number): string {
  const host = address.replace(/^::ffff:/, '');
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
