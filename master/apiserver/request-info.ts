/**
 * What a request asks for, read from method and path alone: Kubernetes' RequestInfo.
 *
 * The path is parsed once, here; authorization, the resource handlers, the audit trail and the metrics all work from the result.
 * `/api/v1/namespaces/<ns>/pods/<name>/<subresource>` and `/apis/<group>/<version>/...` are resource requests, everything
 * else (`/healthz`, `/openapi/v3`, `/apis`) is not.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */
import { badRequest } from '../../helper/api/status-error';

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  | (string & {});

export interface RequestInfo {
  readonly isResource: boolean;
  /** `get`, `list`, `watch`, ...; for other paths the method in lower case */
  readonly verb: Verb;
  readonly path: string;
  readonly query: URLSearchParams;
  /** '' for the core group, as are all of these when the request has none */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

const NO_QUERY = new URLSearchParams();
/** Subresources of a Namespace itself; any other third segment is a kind inside the namespace. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);
const COLLECTION_VERBS: Readonly<Record<string, Verb>> = { GET: 'list', HEAD: 'list', DELETE: 'deletecollection' };
const VERBS: Readonly<Record<string, Verb>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

function segmentsOf(path: string): string[] {
  const raw = path.split('/');
  raw.shift();
  if (raw.at(-1) === '') raw.pop();
  if (!path.includes('%')) return raw;
  try {
    return raw.map(decodeURIComponent);
  } catch {
    throw badRequest(`the path ${JSON.stringify(path)} holds a percent sign that starts no character`);
  }
}

/** True for `watch`, `watch=1`, `watch=true`, as Kubernetes reads booleans in queries. */
export function isTrue(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function verbOf(method: string, name: string, query: URLSearchParams): Verb {
  const verb = (name ? undefined : COLLECTION_VERBS[method]) ?? VERBS[method] ?? method.toLowerCase();
  return verb === 'list' && method === 'GET' && isTrue(query, 'watch') ? 'watch' : verb;
}

/** What follows `proxy` is a path of another server; anything else that deep names nothing, and is found nowhere. */
function subresourceOf(rest: readonly string[]): string {
  return rest[0] === 'proxy' ? 'proxy' : rest.join('/');
}

/**
 * The one name a list or watch asks for by field selector: whoever may only see that object may ask for it this way.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
function selectedName(query: URLSearchParams): string {
  const selector = query.get('fieldSelector');
  const name = selector && /(?:^|,)metadata\.name==?([^,=!]+)(?:,|$)/.exec(selector)?.[1];
  return name || '';
}

/** Reads a request; throws BadRequest when the path cannot be decoded. */
export function parseRequestInfo(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
  const segments = segmentsOf(path);
  const isCore = segments[0] === 'api';
  const [group = '', version = ''] = isCore ? ['', segments[1]] : segments.slice(1, 3);
  const rest = segments.slice(isCore ? 2 : 3);
  // `/api/v1/watch/pods`: how a watch was asked for before there was `?watch=1`, served to this day.
  const isLegacyWatch = rest[0] === 'watch' && rest.length > 1;
  if (isLegacyWatch) rest.shift();
  if ((!isCore && segments[0] !== 'apis') || rest.length === 0) {
    const none = { group: '', version: '', resource: '', namespace: '', name: '', subresource: '' };
    return { isResource: false, verb: method.toLowerCase(), path, query, ...none };
  }
  const isInside =
    rest[0] === 'namespaces' && rest.length > 2 && !(rest.length === 3 && NAMESPACE_SUBRESOURCES.has(rest[2] ?? ''));
  const at = isInside ? 2 : 0;
  const pathName = rest[at + 1] ?? '';
  const verb = isLegacyWatch && method === 'GET' ? 'watch' : verbOf(method, pathName, query);
  return {
    isResource: true,
    path,
    query,
    group,
    version,
    verb: isLegacyWatch && verb !== 'watch' ? method.toLowerCase() : verb,
    resource: rest[at] ?? '',
    namespace: isInside ? (rest[1] ?? '') : '',
    name: pathName || (verb === 'list' || verb === 'watch' ? selectedName(query) : ''),
    subresource: subresourceOf(rest.slice(at + 2)),
  };
}
