/**
 * The examples of Kubernetes' page about the API's concepts, asked of this server in the order of the page.
 *
 * Each case is a request as the page shows it and the parts of the answer the page speaks of.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import type { KubeList, KubeObject } from '../../helper/api/meta';
import type { Status } from '../../helper/api/status-error';
import { until } from '../../helper/process/until';
import type { Table } from '../../master/apiserver/table/table';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, MERGE, makeDefaultAccount, PODS, pod } from './objects';
import { type Answer, startTestServer, type TestServer } from './test-server';
import { openWatch } from './watch-client';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  for (let index = 0; index < 12; index++) {
    const name = `pod${String(index).padStart(2, '0')}`;
    await server.send('POST', PODS, pod(name, { app: index % 2 ? 'odd' : 'even' }));
  }
}, 60_000);
afterAll(() => server.stop());

interface Case {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly code: number;
  /** part of the body */
  readonly answer?: object;
  /** headers of the answer */
  readonly sent?: Record<string, unknown>;
}

const accept = (form: string) => ({ accept: `application/json;as=${form};g=meta.k8s.io;v=v1` });
const patched = (type: string) => ({ 'content-type': type });

const CASES: readonly Case[] = [
  {
    title: 'cluster-scoped: a resource type',
    method: 'GET',
    path: '/api/v1/nodes',
    code: 200,
    answer: { kind: 'NodeList' },
  },
  {
    title: 'namespace-scoped: all namespaces',
    method: 'GET',
    path: '/api/v1/pods',
    code: 200,
    answer: { kind: 'PodList', apiVersion: 'v1' },
  },
  { title: 'namespace-scoped: one namespace', method: 'GET', path: PODS, code: 200, answer: { kind: 'PodList' } },
  {
    title: 'an instance in its namespace',
    method: 'GET',
    path: `${PODS}/pod00`,
    code: 200,
    answer: { kind: 'Pod', metadata: { name: 'pod00' } },
  },
  { title: 'a subresource', method: 'GET', path: `${PODS}/pod00/status`, code: 200, answer: { kind: 'Pod' } },
  {
    title: 'an instance that is not there',
    method: 'GET',
    path: `${PODS}/none`,
    code: 404,
    answer: { reason: 'NotFound' },
  },
  {
    title: 'Table: a list as rows',
    method: 'GET',
    path: PODS,
    headers: accept('Table'),
    code: 200,
    answer: { kind: 'Table', apiVersion: 'meta.k8s.io/v1' },
  },
  {
    title: 'Table: an old server would answer with JSON, so clients name both',
    method: 'GET',
    path: `${PODS}/pod00`,
    headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1, application/json' },
    code: 200,
    answer: { kind: 'Table' },
  },
  {
    title: 'metadata-only fetch of a list',
    method: 'GET',
    path: PODS,
    headers: accept('PartialObjectMetadataList'),
    code: 200,
    answer: { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' },
  },
  {
    title: 'metadata-only fetch of an object',
    method: 'GET',
    path: `${PODS}/pod00`,
    headers: accept('PartialObjectMetadata'),
    code: 200,
    answer: { kind: 'PartialObjectMetadata' },
  },
  {
    title: 'metadata-only answer of a create',
    method: 'POST',
    path: CONFIG_MAPS,
    headers: accept('PartialObjectMetadata'),
    body: configMap('from-metadata'),
    code: 201,
    answer: { kind: 'PartialObjectMetadata', metadata: { name: 'from-metadata' } },
  },
  {
    title: 'metadata-only answer of a patch',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/from-metadata`,
    headers: { ...accept('PartialObjectMetadata'), ...patched('application/merge-patch+json') },
    body: { data: { a: 'b' } },
    code: 200,
    answer: { kind: 'PartialObjectMetadata' },
  },
  {
    title: 'YAML instead of JSON',
    method: 'GET',
    path: `${PODS}/pod00`,
    headers: { accept: 'application/yaml' },
    code: 200,
    sent: { 'content-type': 'application/yaml' },
  },
  {
    title: 'protobuf with JSON to fall back to',
    method: 'GET',
    path: PODS,
    headers: { accept: 'application/vnd.kubernetes.protobuf, application/json' },
    code: 200,
    sent: { 'content-type': 'application/json' },
  },
  {
    title: 'a media type nobody has',
    method: 'GET',
    path: PODS,
    headers: { accept: 'application/msword' },
    code: 406,
    answer: { reason: 'NotAcceptable' },
  },
  {
    title: 'a body nobody can read',
    method: 'POST',
    path: PODS,
    headers: patched('application/msword'),
    body: 'x',
    code: 415,
    answer: { reason: 'UnsupportedMediaType' },
  },
  {
    title: 'create with a client-chosen name',
    method: 'POST',
    path: CONFIG_MAPS,
    body: configMap('chosen'),
    code: 201,
    answer: { metadata: { name: 'chosen', namespace: 'default' } },
  },
  {
    title: 'create what exists',
    method: 'POST',
    path: CONFIG_MAPS,
    body: configMap('chosen'),
    code: 409,
    answer: { reason: 'AlreadyExists', details: { name: 'chosen', kind: 'configmaps' } },
  },
  {
    title: 'field validation: Strict refuses unknown and duplicate fields',
    method: 'POST',
    path: `${DEPLOYMENTS}?fieldValidation=Strict`,
    body: { ...deployment('strict'), wrong: 1 },
    code: 400,
    answer: { reason: 'BadRequest', message: expect.stringContaining('strict decoding error: unknown field "wrong"') },
  },
  {
    title: 'field validation: Warn (the default) says so in headers',
    method: 'POST',
    path: `${DEPLOYMENTS}?fieldValidation=Warn`,
    body: { ...deployment('warned'), wrong: 1 },
    code: 201,
    sent: { warning: '299 - "unknown field \\"wrong\\""' },
  },
  {
    title: 'field validation: Ignore drops them',
    method: 'POST',
    path: `${DEPLOYMENTS}?fieldValidation=Ignore`,
    body: { ...deployment('ignored'), wrong: 1 },
    code: 201,
    sent: { warning: undefined },
  },
  {
    title: 'field validation: no other value',
    method: 'POST',
    path: `${DEPLOYMENTS}?fieldValidation=Never`,
    body: deployment('never'),
    code: 422,
    answer: { reason: 'Invalid' },
  },
  {
    title: 'dry run: All goes through everything but storing',
    method: 'POST',
    path: `${PODS}?dryRun=All`,
    body: pod('imagined'),
    code: 201,
    answer: { metadata: { name: 'imagined', uid: expect.any(String) } },
  },
  { title: 'dry run: nothing was stored', method: 'GET', path: `${PODS}/imagined`, code: 404 },
  { title: 'dry run: no other value', method: 'POST', path: `${PODS}?dryRun=Some`, body: pod('imagined'), code: 422 },
  { title: 'dry run of a delete', method: 'DELETE', path: `${PODS}/pod00?dryRun=All`, code: 200 },
  { title: 'dry run of a delete: still there', method: 'GET', path: `${PODS}/pod00`, code: 200 },
  {
    title: 'update with a stale resourceVersion',
    method: 'PUT',
    path: `${CONFIG_MAPS}/chosen`,
    body: { ...configMap('chosen'), metadata: { name: 'chosen', resourceVersion: '1' } },
    code: 409,
    answer: { reason: 'Conflict' },
  },
  {
    title: 'patch: JSON patch with a test that fails',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/chosen`,
    headers: patched('application/json-patch+json'),
    body: [{ op: 'test', path: '/metadata/name', value: 'other' }],
    code: 422,
  },
  {
    title: 'patch: strategic merge',
    method: 'PATCH',
    path: `${PODS}/pod00`,
    headers: patched('application/strategic-merge-patch+json'),
    body: { metadata: { labels: { tier: 'web' } } },
    code: 200,
    answer: { metadata: { labels: { tier: 'web', app: 'even' } } },
  },
  {
    title: 'get: resourceVersion 0 is any version',
    method: 'GET',
    path: `${PODS}/pod00?resourceVersion=0`,
    code: 200,
  },
  {
    title: 'list: a resource version to come',
    method: 'GET',
    path: `${PODS}?resourceVersion=99999999`,
    code: 504,
    answer: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    sent: { 'retry-after': '1' },
  },
  {
    title: 'list: match without a version',
    method: 'GET',
    path: `${PODS}?resourceVersionMatch=NotOlderThan`,
    code: 422,
    answer: { reason: 'Invalid' },
  },
  {
    title: 'list: exact version 0',
    method: 'GET',
    path: `${PODS}?resourceVersionMatch=Exact&resourceVersion=0`,
    code: 422,
  },
  {
    title: 'watch: match without sendInitialEvents',
    method: 'GET',
    path: `${PODS}?watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1`,
    code: 422,
  },
];

test.each(CASES)('$title', async ({ method, path, headers, body, code, answer, sent }) => {
  const given = await server.send(method, path, body, headers ? { headers } : {});
  expect(given.code).toBe(code);
  if (answer) expect(given.json()).toMatchObject(answer);
  if (sent)
    for (const [name, value] of Object.entries(sent)) expect([name, given.headers[name]]).toEqual([name, value]);
});

const list = async (path: string) => (await server.send('GET', path)).json<KubeList>();
const versionOf = (answer: Answer) => answer.json<KubeObject>().metadata.resourceVersion;

test('efficient detection of changes: list, then watch from there, sees what is created and changed', async () => {
  const { metadata } = await list(PODS);
  const watch = await openWatch(server, `${PODS}?watch=1&resourceVersion=${metadata.resourceVersion}`);
  const created = await server.send('POST', PODS, pod('watched'));
  const changed = await server.send('PATCH', `${PODS}/watched`, { metadata: { labels: { a: 'b' } } }, MERGE);
  await watch.waitFor(2);
  expect(watch.seen()).toEqual(['ADDED watched', 'MODIFIED watched']);
  expect(watch.events.map(({ object }) => object.metadata.resourceVersion)).toEqual([
    versionOf(created),
    versionOf(changed),
  ]);
  watch.close();
});

test('watch bookmarks: allowWatchBookmarks brings the version the stream has reached', async () => {
  const { metadata } = await list(PODS);
  const query = `watch=1&resourceVersion=${metadata.resourceVersion}&allowWatchBookmarks=true&timeoutSeconds=1`;
  const watch = await openWatch(server, `${PODS}?${query}`);
  const { metadata: made } = (await server.send('POST', CONFIG_MAPS, configMap('elsewhere'))).json<KubeObject>();
  await until(watch.ended);
  expect(watch.events).toHaveLength(1);
  expect(watch.events[0]).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1' } });
  expect(Number(watch.events[0]?.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(made.resourceVersion));
});

test('streaming lists: initial events, then the bookmark that ends them, then changes', async () => {
  const query =
    'watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersion=&resourceVersionMatch=NotOlderThan';
  const { items } = await list(PODS);
  const watch = await openWatch(server, `${PODS}?${query}`);
  await watch.waitFor(items.length + 1);
  expect(watch.events.slice(0, items.length).every(({ type }) => type === 'ADDED')).toBe(true);
  expect(watch.events[items.length]).toMatchObject({
    type: 'BOOKMARK',
    object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  });
  watch.close();
});

test('large result sets in chunks: consistent at one version while objects change, with the remaining count', async () => {
  const all = await list(PODS);
  const names: string[] = [];
  let token = '';
  let version: string | undefined;
  for (let page = 0; ; page++) {
    const chunk = await list(`${PODS}?limit=5${token ? `&continue=${token}` : ''}`);
    names.push(...chunk.items.map(({ metadata }) => metadata.name));
    version ??= chunk.metadata.resourceVersion;
    expect(chunk.metadata.resourceVersion).toBe(version);
    token = chunk.metadata.continue ?? '';
    if (!token) {
      expect(chunk.metadata.remainingItemCount).toBeUndefined();
      break;
    }
    expect(chunk.metadata.remainingItemCount).toBe(all.items.length - names.length);
    await server.send('POST', PODS, pod(`between-${page}`));
    await server.send('DELETE', `${PODS}/pod${String(10 + page)}?gracePeriodSeconds=0`);
  }
  expect(names).toEqual(all.items.map(({ metadata }) => metadata.name));
});

test('chunks: an expired token is 410, and a list begun anew works', async () => {
  const first = await list(`${PODS}?limit=2`);
  await server.send('POST', CONFIG_MAPS, configMap('later'));
  await server.store.compact(await server.store.currentRevision());
  const expired = await server.send('GET', `${PODS}?limit=2&continue=${first.metadata.continue}`);
  expect(expired.json<Status>()).toMatchObject({
    code: 410,
    reason: 'Expired',
    metadata: { continue: expect.any(String) },
  });
  expect((await list(`${PODS}?limit=2`)).items).toHaveLength(2);
});

test('Table: cells of every row by the columns of the first', async () => {
  const table = (await server.send('GET', PODS, undefined, { headers: accept('Table') })).json<Table>();
  expect(table.columnDefinitions.slice(0, 5).map(({ name }) => name)).toEqual([
    'Name',
    'Ready',
    'Status',
    'Restarts',
    'Age',
  ]);
  for (const { cells, object } of table.rows) {
    expect(cells).toHaveLength(table.columnDefinitions.length);
    expect(object).toMatchObject({ kind: 'PartialObjectMetadata' });
  }
});

test('generated names: five random characters, and as many tries as it takes to find a free one', async () => {
  const body = { ...configMap('x'), metadata: { generateName: 'made-' } };
  const names = await Promise.all(
    Array.from(
      { length: 20 },
      async () => (await server.send('POST', CONFIG_MAPS, body)).json<KubeObject>().metadata.name,
    ),
  );
  expect(new Set(names).size).toBe(20);
  for (const name of names) expect(name).toMatch(/^made-[a-z0-9]{5}$/);
});

test('deletion in two phases: finalization, then removal', async () => {
  const held = { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } };
  await server.send('POST', CONFIG_MAPS, held);
  const deleted = await server.send('DELETE', `${CONFIG_MAPS}/held`);
  expect([deleted.code, deleted.json<KubeObject>().metadata.deletionTimestamp]).toEqual([200, expect.any(String)]);
  expect((await server.send('GET', `${CONFIG_MAPS}/held`)).code).toBe(200);
  await server.send('PATCH', `${CONFIG_MAPS}/held`, { metadata: { finalizers: null } }, MERGE);
  expect((await server.send('GET', `${CONFIG_MAPS}/held`)).code).toBe(404);
});

test('update: read, change, put; the loser of a race is told and tries again', async () => {
  const path = `${CONFIG_MAPS}/chosen`;
  const [mine, theirs] = await Promise.all([server.send('GET', path), server.send('GET', path)]);
  const withData = (answer: Answer, value: string) => ({ ...answer.json<KubeObject>(), data: { value } });
  expect((await server.send('PUT', path, withData(theirs, 'theirs'))).code).toBe(200);
  const lost = await server.send('PUT', path, withData(mine, 'mine'));
  expect([lost.code, lost.json<Status>().message]).toEqual([
    409,
    'Operation cannot be fulfilled on configmaps "chosen": the object has been modified; please apply your changes to the latest version and try again',
  ]);
  expect((await server.send('PUT', path, withData(await server.send('GET', path), 'mine'))).code).toBe(200);
});

test('an exact resource version shows the collection as it was', async () => {
  const before = await list(PODS);
  await server.send('DELETE', `${PODS}/pod01?gracePeriodSeconds=0`);
  const query = `resourceVersion=${before.metadata.resourceVersion}&resourceVersionMatch=Exact`;
  expect((await list(`${PODS}?${query}`)).items).toEqual(before.items);
  const newer = await list(
    `${PODS}?resourceVersion=${before.metadata.resourceVersion}&resourceVersionMatch=NotOlderThan`,
  );
  expect(newer.items.map(({ metadata }) => metadata.name)).not.toContain('pod01');
});
