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
    'impersonate-user': fc.constantFrom('ada', 'system:node:here', ''),
    'if-none-match': headerText,
  },
  { requiredKeys: [] },
);
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const headers = fc
  .tuple(usualHeaders, seldom(headerText), seldom(headerText))
  .map(([usual, authorization, protocol]) => ({
    ...usual,
    ...(authorization === undefined ? {} : { authorization }),
    ...(protocol === undefined
      ? {}
      : { connection: 'Upgrade', upgrade: protocol.length % 2 ? 'websocket' : 'SPDY/3.1' }),
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

const body = fc.oneof(
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

/** Any request. */
export const draft: fc.Arbitrary<Draft> = fc
  .record({
    method,
    path: fc.oneof({ weight: 4, arbitrary: knownPath }, { weight: 1, arbitrary: anyPath }),
    query,
    headers,
    body,
    manner,
  })
  .map(({ path, query: search, ...rest }) => ({ ...rest, path: `${path}${search}` }));

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
