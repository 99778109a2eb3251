/**
 * Requests nobody would write: paths, queries, headers and bodies put together at random, from the words this server knows and from none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { KINDS } from '../../helper/api/kinds';
import { configMap, deployment, pod, service } from './objects';

/** One request, and how its sender behaves. */
export interface Draft {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `leaves`: is gone before the answer; `stops`: sends half of the body and no more; `looks`: reads a little and closes */
  readonly manner: 'polite' | 'leaves' | 'stops' | 'looks';
}

/** A custom resource and an aggregated group the test makes before it begins. */
export const GIZMOS = '/apis/fuzz.example.com/v1/namespaces/default/gizmos';
const FAR_GROUP = '/apis/far.example.com/v1';
const REVIEWS = '/apis/authorization.k8s.io/v1';
const NAMES = ['here', 'there', 'default', 'kube-system', 'admin', 'exempt'];
const SUBRESOURCES = [
  ...['status', 'scale', 'log', 'exec', 'attach', 'portforward', 'proxy', 'eviction', 'token', 'binding', 'finalize'],
  ...['ephemeralcontainers', 'resize', 'approval'],
];

/** The samples that come with the project and the small objects of the tests: sound objects of many kinds. */
function soundObjects(): object[] {
  const folder = join(__dirname, '..', '..', 'yaml_default');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const samples = files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).flatMap((document): object[] => {
      const value: unknown = document.toJS();
      return typeof value === 'object' && value !== null && 'kind' in value ? [value] : [];
    }),
  );
  return [pod('here'), configMap('here', { a: 'b' }), deployment('here'), service('here'), ...samples];
}

const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND', 'LOCK');
const oddText = fc.string({ maxLength: 12, unit: 'grapheme' });
const word = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'default', 'watch', 'openapi', 'v3'),
  },
  { weight: 5, arbitrary: fc.constantFrom(...KINDS.map(({ plural }) => plural)) },
  { weight: 4, arbitrary: fc.constantFrom(...NAMES, ...SUBRESOURCES) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '.', '..', '%2e%2e', '%2F', '%00', '%E0%A4%A', '__proto__', 'constructor'),
  },
  { weight: 2, arbitrary: oddText.map((text) => encodeURIComponent(text)) },
);
/** Paths of kinds that come and go, of servers behind this one, and of what is no object. */
const otherPath = fc.constantFrom(
  ...['', '/here', '/here/status', '/here/scale', '/there'].map((rest) => `${GIZMOS}${rest}`),
  ...['', '/things', '/namespaces/default/things/here'].map((rest) => `${FAR_GROUP}${rest}`),
  ...['subjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'].map(
    (plural) => `${REVIEWS}/${plural}`,
  ),
  `${REVIEWS}/namespaces/default/localsubjectaccessreviews`,
  '/apis/authentication.k8s.io/v1/tokenreviews',
  '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gizmos.fuzz.example.com',
  '/apis/apiregistration.k8s.io/v1/apiservices/v1.far.example.com',
  '/api/v1/namespaces/default/serviceaccounts/default/token',
  ...['', 'https:', 'x:y:z'].map((prefix) => `/api/v1/namespaces/default/services/${prefix}here/proxy/a?b=c`),
  '/api/v1/nodes/here/proxy/metrics',
  '/openapi/v2',
  '/openapi/v3/api/v1',
  '/metrics',
);
const anyPath = fc.array(word, { maxLength: 8 }).map((words) => `/${words.join('/')}`);
const root = fc.constantFrom(...KINDS).map(({ group, version, plural, namespaced }) => {
  const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return {
    collection: `${base}${namespaced ? '/namespaces/default' : ''}/${plural}`,
    all: `${base}/${plural}`,
    base,
    plural,
  };
});
const knownPath = fc
  .tuple(root, fc.constantFrom(...NAMES), fc.constantFrom(...SUBRESOURCES), fc.nat(7), word)
  .map(([{ collection, all, base, plural }, name, subresource, form, odd]) => {
    const forms = [
      collection,
      all,
      `${collection}/${name}`,
      `${collection}/${name}`,
      `${collection}/${name}/${subresource}`,
      `${collection}/${name}/status`,
      `${base}/watch/${plural}`,
      `${collection}/${odd}`,
    ];
    return forms[form] ?? collection;
  });

const value = fc.oneof(
  fc.constantFrom('', '0', '1', '-1', 'true', 'All', 'Strict', 'null', '99999999999999999999', 'a=b', 'a in (', '!'),
  fc.constantFrom('Exact', 'NotOlderThan', 'metadata.name=here', 'Foreground', 'Orphan', '30s', 'x'.repeat(300)),
  oddText,
);
const parameter = fc.constantFrom(
  ...['watch', 'limit', 'continue', 'labelSelector', 'fieldSelector', 'dryRun', 'fieldValidation', 'timeoutSeconds'],
  ...['resourceVersion', 'resourceVersionMatch', 'sendInitialEvents', 'allowWatchBookmarks', 'pretty', 'timeout'],
  ...['gracePeriodSeconds', 'propagationPolicy', 'orphanDependents', 'fieldManager', 'force', 'includeObject'],
  ...['follow', 'container', 'command', 'tailLines', 'export'],
);
const query = fc
  .array(fc.tuple(parameter, value), { maxLength: 4 })
  .map((pairs) =>
    pairs.length > 0 ? `?${pairs.map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join('&')}` : '',
  );

const patchType = fc.constantFrom(
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
);
const mediaType = fc.oneof(
  fc.constantFrom('application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'text/plain', ';;;'),
  patchType,
);
const accept = fc.constantFrom(
  ...['*/*', 'application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'x', ',,;='],
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
);
const headerText = fc.stringMatching(/^[\x21-\x7e]{0,40}$/);
const usualHeaders = fc.record(
  {
    'content-type': mediaType,
    accept,
    'accept-encoding': fc.constantFrom('gzip', 'deflate, gzip;q=1.0', 'br', ''),
    'minik8s-cause': headerText,
    'user-agent': headerText,
    'impersonate-user': fc.constantFrom('ada', 'system:node:here', 'system:serviceaccount:default:default', ''),
    'impersonate-group': fc.constantFrom('system:masters', 'math', ''),
    'impersonate-uid': headerText,
    'impersonate-extra-a%2fb': headerText,
    'content-encoding': fc.constantFrom('gzip', 'identity', 'x'),
    'audit-id': headerText,
    'if-none-match': headerText,
  },
  { requiredKeys: [] },
);
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
/** What asks for a WebSocket, more or less. */
const socketHeaders = (protocol: string) => ({
  upgrade: 'websocket',
  'sec-websocket-key': protocol.length % 2 ? 'dGhlIHNhbXBsZSBub25jZQ==' : protocol,
  'sec-websocket-version': '13',
  'sec-websocket-protocol': protocol.length % 5 ? 'v5.channel.k8s.io, base64.binary.k8s.io' : protocol,
});
const headers = fc
  .tuple(usualHeaders, seldom(headerText), seldom(headerText))
  .map(([usual, authorization, protocol]) => ({
    ...usual,
    ...(authorization === undefined ? {} : { authorization }),
    ...(protocol === undefined
      ? {}
      : { connection: 'Upgrade', ...(protocol.length % 3 ? socketHeaders(protocol) : { upgrade: 'SPDY/3.1' }) }),
  }));

/** A sound object with one of its values replaced by anything. */
const spoiled = fc
  .tuple(
    fc.constantFrom(...soundObjects()),
    fc.array(fc.nat(9), { minLength: 1, maxLength: 7 }),
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('here', undefined),
  )
  .map(([object, way, replacement, name]) => {
    const copy = structuredClone(object) as { metadata?: Record<string, unknown> };
    if (name && copy.metadata) copy.metadata = { ...copy.metadata, name, namespace: 'default' };
    spoil(copy, way, replacement);
    return Buffer.from(JSON.stringify(copy));
  });

function spoil(root: object, way: readonly number[], replacement: unknown): void {
  let place = root as Record<string, unknown>;
  for (const [step, index] of way.entries()) {
    const keys = Object.keys(place);
    const key = keys[index % Math.max(1, keys.length)];
    if (key === undefined) return;
    const inner = place[key];
    if (step === way.length - 1 || typeof inner !== 'object' || inner === null) {
      place[key] = replacement;
      return;
    }
    place = inner as Record<string, unknown>;
  }
}

const pointer = fc.constantFrom(
  '/metadata/labels',
  '/spec',
  '/spec/replicas',
  '/data/a',
  '/metadata/finalizers/-',
  '',
  '/x~1y',
);
const jsonPatch = fc
  .array(
    fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'jump'),
      path: pointer,
      from: pointer,
      value: fc.jsonValue({ maxDepth: 2 }),
    }),
    { maxLength: 4 },
  )
  .map((operations) => Buffer.from(JSON.stringify(operations)));
const directives = fc
  .record(
    {
      $patch: fc.constantFrom('delete', 'replace', 'merge', 'x'),
      $retainKeys: fc.jsonValue({ maxDepth: 1 }),
      metadata: fc.jsonValue({ maxDepth: 3 }),
      spec: fc.jsonValue({ maxDepth: 4 }),
      '$setElementOrder/containers': fc.jsonValue({ maxDepth: 2 }),
      '$deleteFromPrimitiveList/finalizers': fc.jsonValue({ maxDepth: 1 }),
    },
    { requiredKeys: [] },
  )
  .map((patch) => Buffer.from(JSON.stringify(patch)));

/** Bodies as stock kubectl sends them. */
const RECORDED = (
  JSON.parse(
    readFileSync(
      join(__dirname, '..', '..', 'master', 'apiserver', 'protobuf', 'fixtures', 'kubectl-1.32.json'),
      'utf8',
    ),
  ) as { readonly path: string; readonly body: string }[]
).map(({ path, body: text }) => ({ path, body: Buffer.from(text, 'base64') }));

const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
function withBytes(sound: Buffer, changed: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.from(sound);
  for (const [at, byte] of changed) bytes[at % bytes.length] = byte;
  return bytes;
}
const protobuf = fc
  .tuple(fc.constantFrom(...RECORDED), changes)
  .map(([{ body: sound }, some]) => withBytes(sound, some));

const review = fc
  .record({ apiVersion: fc.constantFrom('authorization.k8s.io/v1', ''), spec: fc.jsonValue({ maxDepth: 3 }) })
  .map((object) => Buffer.from(JSON.stringify(object)));
const gizmo = fc
  .record({
    apiVersion: fc.constant('fuzz.example.com/v1'),
    kind: fc.constant('Gizmo'),
    metadata: fc.record({ name: fc.constantFrom('here', 'there'), finalizers: fc.constantFrom(undefined, ['a/b']) }),
    spec: fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.record({
        size: fc.integer(),
        items: fc.array(fc.record({ name: oddText, on: fc.boolean() }), { maxLength: 4 }),
      }),
    ),
    status: fc.jsonValue({ maxDepth: 2 }),
  })
  .map((object) => Buffer.from(JSON.stringify(object)));

const body = fc.oneof(
  { weight: 2, arbitrary: protobuf },
  { weight: 1, arbitrary: review },
  { weight: 2, arbitrary: gizmo },
  { weight: 6, arbitrary: spoiled },
  { weight: 2, arbitrary: jsonPatch },
  { weight: 2, arbitrary: directives },
  { weight: 2, arbitrary: fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
  },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
);
const manner = fc.oneof(
  { weight: 8, arbitrary: fc.constant('polite' as const) },
  { weight: 1, arbitrary: fc.constantFrom('leaves' as const, 'stops' as const, 'looks' as const) },
);

/** A configuration that is applied: sound, spoiled or of a custom resource. */
const applied: fc.Arbitrary<Draft> = fc
  .tuple(
    fc.oneof(knownPath, fc.constantFrom(`${GIZMOS}/here`, `${GIZMOS}/there/status`)),
    fc.constantFrom(
      '',
      '?fieldManager=a',
      '?fieldManager=b&force=true',
      '?fieldManager=c&dryRun=All',
      '?fieldManager=',
    ),
    fc.oneof(spoiled, gizmo),
  )
  .map(([path, search, some]) => ({
    method: 'PATCH',
    path: `${path}${search}`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: some,
    manner: 'polite',
  }));

const unlike: fc.Arbitrary<Draft> = fc
  .record({
    method,
    path: fc.oneof(
      { weight: 5, arbitrary: knownPath },
      { weight: 2, arbitrary: otherPath },
      { weight: 1, arbitrary: anyPath },
    ),
    query,
    headers,
    body,
    manner,
  })
  .map(({ path, query: search, ...rest }) => ({ ...rest, path: `${path}${search}` }));

/** What kubectl creates, with some bytes changed. */
const created: fc.Arbitrary<Draft> = fc
  .tuple(
    fc.constantFrom(...RECORDED),
    changes,
    fc.constantFrom('application/json', 'application/vnd.kubernetes.protobuf'),
  )
  .map(([{ path, body: sound }, some, accepted]) => ({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf', accept: accepted },
    body: withBytes(sound, some),
    manner: 'polite',
  }));

/** Any request. */
export const draft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 1, arbitrary: created },
  { weight: 7, arbitrary: unlike },
  { weight: 1, arbitrary: applied },
);

const line = fc.stringMatching(/^[ -~]{0,60}$/);
const almost = fc
  .tuple(method, fc.array(line, { maxLength: 6 }), fc.uint8Array({ maxLength: 100 }))
  .map(([verb, lines, rest]) => Buffer.concat([Buffer.from(`${verb} ${lines.join('\r\n')}\r\n\r\n`), rest]));
const pipelined = fc
  .array(fc.tuple(fc.constantFrom('GET', 'HEAD', 'DELETE'), knownPath, query), { minLength: 2, maxLength: 20 })
  .map((requests) =>
    Buffer.from(
      requests.map(([verb, path, search]) => `${verb} ${path}${search} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''),
    ),
  );

/** Bytes that are no HTTP, almost HTTP, or many requests at once. */
export const bytes: fc.Arbitrary<Buffer> = fc.oneof(
  almost,
  pipelined,
  fc.uint8Array({ minLength: 1, maxLength: 400 }).map((some) => Buffer.from(some)),
);
