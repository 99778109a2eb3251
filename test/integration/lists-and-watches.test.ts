/**
 * Reading: lists with selectors and pages, tables, watches with resumption and expiry.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';
import type { Pod } from '../../helper/api/core/pod';
import type { KubeList } from '../../helper/api/meta';
import type { Status } from '../../helper/api/status-error';
import { until } from '../../helper/process/until';
import type { Table } from '../../master/apiserver/table/table';
import { CONFIG_MAPS, configMap, MERGE, makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { openWatch } from './watch-client';

let server: TestServer;
const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } };
const list = async (path: string) => (await server.send('GET', path)).json<KubeList>();
const namesOf = (found: KubeList) => found.items.map(({ metadata }) => metadata.name);

/** Asks for gzip, and returns what came as it came. */
function sendForBytes(path: string): Promise<{ bytes: Buffer; headers: IncomingHttpHeaders }> {
  const { port, ca, token } = server;
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, ca, path, agent: false as const, headers };
    const request = httpsRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ bytes: Buffer.concat(chunks), headers: response.headers }));
    });
    request.on('error', reject);
    request.end();
  });
}

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await server.send('POST', CONFIG_MAPS, configMap(name, {}, { even: String('bd'.includes(name)), app: 'list' }));
  }
});
afterAll(() => server.stop());

test('GET of a collection lists in order of name, with the revision it shows', async () => {
  // The server itself may write meanwhile.
  const before = await server.store.currentRevision();
  const found = await list(`${CONFIG_MAPS}`);
  const after = await server.store.currentRevision();
  expect(found.kind).toBe('ConfigMapList');
  expect(namesOf(found)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(Number(found.metadata.resourceVersion)).toBeGreaterThanOrEqual(before);
  expect(Number(found.metadata.resourceVersion)).toBeLessThanOrEqual(after);
  expect(namesOf(await list('/api/v1/configmaps?labelSelector=app%3Dlist'))).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(namesOf(await list('/api/v1/namespaces/elsewhere/configmaps'))).toEqual([]);
});

test('labelSelector and fieldSelector choose', async () => {
  expect(namesOf(await list(`${CONFIG_MAPS}?labelSelector=even%3Dtrue`))).toEqual(['b', 'd']);
  expect(namesOf(await list(`${CONFIG_MAPS}?labelSelector=even+in+(false),app`))).toEqual(['a', 'c', 'e']);
  expect(namesOf(await list(`${CONFIG_MAPS}?fieldSelector=metadata.name%3Dc`))).toEqual(['c']);
  expect(namesOf(await list(`${CONFIG_MAPS}?fieldSelector=metadata.name!%3Dc`))).toEqual(['a', 'b', 'd', 'e']);
  const wrong = await server.send('GET', `${CONFIG_MAPS}?fieldSelector=data.x%3D1`);
  expect([wrong.code, wrong.json<Status>().message]).toEqual([400, 'field label not supported: data.x']);
});

test('pages of a list all show the revision of the first', async () => {
  const first = await list(`${CONFIG_MAPS}?limit=2`);
  expect([namesOf(first), first.metadata.remainingItemCount]).toEqual([['a', 'b'], 3]);
  await server.send('POST', CONFIG_MAPS, configMap('cc'));
  const second = await list(`${CONFIG_MAPS}?limit=2&continue=${first.metadata.continue}`);
  expect([namesOf(second), second.metadata.remainingItemCount]).toEqual([['c', 'd'], 1]);
  expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  const third = await list(`${CONFIG_MAPS}?limit=2&continue=${second.metadata.continue}`);
  expect([namesOf(third), third.metadata.continue]).toEqual([['e'], undefined]);
  await server.send('DELETE', `${CONFIG_MAPS}/cc`);
  const selected = await list(`${CONFIG_MAPS}?limit=1&labelSelector=even%3Dtrue`);
  const rest = await list(`${CONFIG_MAPS}?limit=1&labelSelector=even%3Dtrue&continue=${selected.metadata.continue}`);
  expect([namesOf(selected), namesOf(rest)]).toEqual([['b'], ['d']]);
});

test('a continue token of a compacted revision is 410 with a token that goes on at the newest', async () => {
  const first = await list(`${CONFIG_MAPS}?limit=2`);
  await server.send('PATCH', `${CONFIG_MAPS}/a`, { data: { x: String(Math.random()) } }, MERGE);
  await server.store.compact(await server.store.currentRevision());
  const answer = await server.send('GET', `${CONFIG_MAPS}?limit=2&continue=${first.metadata.continue}`);
  const status = answer.json<Status>();
  expect([answer.code, status.reason]).toEqual([410, 'Expired']);
  await server.send('POST', CONFIG_MAPS, configMap('bb'));
  const second = await list(`${CONFIG_MAPS}?limit=2&continue=${status.metadata.continue}`);
  expect([namesOf(second), second.metadata.remainingItemCount]).toEqual([['bb', 'c'], 2]);
  expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
  await server.send('DELETE', `${CONFIG_MAPS}/d`);
  const third = await list(`${CONFIG_MAPS}?limit=2&continue=${second.metadata.continue}`);
  expect([namesOf(third), third.metadata.resourceVersion]).toEqual([['d', 'e'], second.metadata.resourceVersion]);
  await server.send('DELETE', `${CONFIG_MAPS}/bb`);
  await server.send('POST', CONFIG_MAPS, configMap('d', {}, { even: 'true', app: 'list' }));
  const exact = `${CONFIG_MAPS}?resourceVersion=1&resourceVersionMatch=Exact`;
  expect((await server.send('GET', exact)).json<Status>()).toMatchObject({
    code: 410,
    message: 'The resourceVersion for the provided list is too old.',
  });
  expect((await server.send('GET', `${CONFIG_MAPS}?continue=nonsense`)).code).toBe(400);
});

test('limit with a resourceVersion lists exactly that revision; with resourceVersion=0 the limit is not used', async () => {
  const before = await list(CONFIG_MAPS);
  await server.send('POST', CONFIG_MAPS, configMap('aa'));
  const exact = await list(`${CONFIG_MAPS}?limit=2&resourceVersion=${before.metadata.resourceVersion}`);
  expect([namesOf(exact), exact.metadata.resourceVersion]).toEqual([['a', 'b'], before.metadata.resourceVersion]);
  const anything = await list(`${CONFIG_MAPS}?limit=2&resourceVersion=0`);
  expect([anything.items.length, anything.metadata.continue]).toEqual([6, undefined]);
  await server.send('DELETE', `${CONFIG_MAPS}/aa`);
});

test('a revision that is to come is 504 with its cause, exact or not', async () => {
  for (const query of ['resourceVersion=999999', 'resourceVersion=999999&resourceVersionMatch=Exact']) {
    const { code, headers, ...answer } = await server.send('GET', `${CONFIG_MAPS}?${query}`);
    const { message, reason, details } = answer.json<Status>();
    expect([code, headers['retry-after'], reason, details?.retryAfterSeconds]).toEqual([504, '1', 'Timeout', 1]);
    expect(message).toMatch(/^Timeout: Too large resource version: 999999, current: \d+$/);
    expect(details?.causes).toEqual([{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]);
  }
}, 15_000);

test('a list above 128 KiB is compressed for those who take it', async () => {
  const path = '/api/v1/namespaces/kube-system/configmaps';
  for (const name of ['big1', 'big2']) await server.send('POST', path, configMap(name, { text: 'x'.repeat(100_000) }));
  const plain = await server.send('GET', path);
  expect(plain.headers['content-encoding']).toBeUndefined();
  for (let round = 0; round < 2; round++) {
    const { bytes, headers } = await sendForBytes(path);
    expect([headers['content-encoding'], headers.vary]).toEqual(['gzip', 'Accept-Encoding']);
    expect(bytes.length).toBeLessThan(5_000);
    expect(JSON.parse(gunzipSync(bytes).toString()).items).toEqual(plain.json<KubeList>().items);
  }
  const small = await sendForBytes(`${path}?limit=1`);
  expect(small.headers['content-encoding']).toBeUndefined();
});

test('a form that does not fit is 406, one that cannot be made 400', async () => {
  const as = (form: string) => ({ headers: { accept: `application/json;as=${form};v=v1;g=meta.k8s.io` } });
  const codeOf = async (path: string, options: object) => (await server.send('GET', path, undefined, options)).code;
  expect(await codeOf(CONFIG_MAPS, as('PartialObjectMetadata'))).toBe(406);
  expect(await codeOf(`${CONFIG_MAPS}/a`, as('PartialObjectMetadataList'))).toBe(406);
  expect(await codeOf(CONFIG_MAPS, { headers: { accept: 'application/vnd.kubernetes.protobuf' } })).toBe(406);
  expect(await codeOf(`${CONFIG_MAPS}?includeObject=Some`, TABLE)).toBe(400);
  const none = await server.send('GET', `${CONFIG_MAPS}?includeObject=None`, undefined, TABLE);
  expect(none.json<Table>().rows[0]?.object).toBeNull();
});

test('resourceVersionMatch=Exact lists the past, a future resourceVersion is a Timeout', async () => {
  const before = await list(CONFIG_MAPS);
  await server.send('POST', CONFIG_MAPS, configMap('later'));
  const past = await list(
    `${CONFIG_MAPS}?resourceVersionMatch=Exact&resourceVersion=${before.metadata.resourceVersion}`,
  );
  expect(namesOf(past)).toEqual(namesOf(before));
  await server.send('DELETE', `${CONFIG_MAPS}/later`);
});

test('Accept as=Table answers with columns and cells, also on watch', async () => {
  await server.send('POST', PODS, pod('tabled'));
  const table = (await server.send('GET', PODS, undefined, TABLE)).json<Table>();
  expect(table.kind).toBe('Table');
  expect(table.columnDefinitions.map(({ name }) => name)).toContain('Status');
  expect(table.rows[0]?.cells[0]).toBe('tabled');
  const one = (await server.send('GET', `${PODS}/tabled`, undefined, TABLE)).json<Table>();
  expect(one.rows).toHaveLength(1);
  const watch = await openWatch(server, `${PODS}?watch=1`, TABLE.headers);
  await watch.waitFor(1);
  await server.send('POST', PODS, pod('tabled2'));
  const [first, second] = await watch.waitFor(2);
  expect([first?.object.kind, second?.object.kind]).toEqual(['Table', 'Table']);
  expect(second?.object.columnDefinitions).toEqual([]);
  watch.close();
});

test('PartialObjectMetadata has no spec', async () => {
  const headers = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
  const found = (await server.send('GET', PODS, undefined, { headers })).json<KubeList<Pod>>();
  expect(found.kind).toBe('PartialObjectMetadataList');
  expect(found.items[0]?.spec).toBeUndefined();
});

test('watch sends what is there, then every change in order', async () => {
  const watch = await openWatch(server, `${CONFIG_MAPS}?watch=true&labelSelector=run%3Dorder`);
  await server.send('POST', CONFIG_MAPS, configMap('w1', {}, { run: 'order' }));
  await server.send('PATCH', `${CONFIG_MAPS}/w1`, { data: { a: '1' } }, MERGE);
  await server.send('DELETE', `${CONFIG_MAPS}/w1`);
  await watch.waitFor(3);
  expect(watch.seen()).toEqual(['ADDED w1', 'MODIFIED w1', 'DELETED w1']);
  const versions = watch.events.map(({ object }) => Number(object.metadata.resourceVersion));
  expect(versions).toEqual([...versions].sort((x, y) => x - y));
  expect(new Set(versions).size).toBe(3);
  watch.close();
});

test('a watcher that asks for it is not sent managedFields, beside one that is, in objects and in metadata alone', async () => {
  const query = `watch=true&fieldSelector=${encodeURIComponent('metadata.name=lean')}`;
  const metadata = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
  const watches = [
    await openWatch(server, `${CONFIG_MAPS}?${query}`),
    await openWatch(server, `${CONFIG_MAPS}?${query}&omitManagedFields=true`),
    await openWatch(server, `${CONFIG_MAPS}?${query}&omitManagedFields=true`, metadata),
  ];
  await server.send('POST', CONFIG_MAPS, configMap('lean', { a: '1' }));
  await server.send('PATCH', `${CONFIG_MAPS}/lean`, { data: { a: '2' } }, MERGE);
  for (const [index, watch] of watches.entries()) {
    const events = await watch.waitFor(2);
    expect(events.map(({ object }) => 'managedFields' in object.metadata)).toEqual([index === 0, index === 0]);
    expect(events.map(({ object }) => object['data'])).toEqual(
      index === 2 ? [undefined, undefined] : [{ a: '1' }, { a: '2' }],
    );
    watch.close();
  }
});

test('watch goes on after a resourceVersion without a gap', async () => {
  const { metadata } = await list(CONFIG_MAPS);
  for (let index = 0; index < 20; index++) await server.send('POST', CONFIG_MAPS, configMap(`r${index}`));
  const watch = await openWatch(server, `${CONFIG_MAPS}?watch=1&resourceVersion=${metadata.resourceVersion}`);
  await watch.waitFor(20);
  expect(watch.seen()).toEqual(Array.from({ length: 20 }, (_, index) => `ADDED r${index}`));
  watch.close();
});

test('an object that enters or leaves the selection is ADDED or DELETED', async () => {
  await server.send('POST', CONFIG_MAPS, configMap('moving', {}, { place: 'out' }));
  const watch = await openWatch(server, `${CONFIG_MAPS}?watch=1&labelSelector=place%3Din`);
  await server.send('PATCH', `${CONFIG_MAPS}/moving`, { metadata: { labels: { place: 'in' } } }, MERGE);
  await server.send('PATCH', `${CONFIG_MAPS}/moving`, { metadata: { labels: { place: 'out' } } }, MERGE);
  await server.send('PATCH', `${CONFIG_MAPS}/moving`, { metadata: { labels: { place: 'far' } } }, MERGE);
  await server.send('PATCH', `${CONFIG_MAPS}/moving`, { metadata: { labels: { place: 'in' } } }, MERGE);
  await watch.waitFor(3);
  expect(watch.seen()).toEqual(['ADDED moving', 'DELETED moving', 'ADDED moving']);
  expect(watch.events[1]?.object.metadata).toMatchObject({ labels: { place: 'in' } });
  watch.close();
});

test('a watch from before the window is an ERROR event with 410', async () => {
  await server.startAgain();
  const watch = await openWatch(server, `${CONFIG_MAPS}?watch=1&resourceVersion=1`);
  const [event] = await watch.waitFor(1);
  expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  await until(watch.ended);
});

test('sendInitialEvents ends with a bookmark that says so; timeoutSeconds ends the stream', async () => {
  const query =
    'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1';
  const watch = await openWatch(server, `${CONFIG_MAPS}?${query}&labelSelector=app%3Dlist`);
  await watch.waitFor(6);
  expect(watch.seen().slice(0, 5)).toEqual(['ADDED a', 'ADDED b', 'ADDED c', 'ADDED d', 'ADDED e']);
  expect(watch.events[5]).toMatchObject({
    type: 'BOOKMARK',
    object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  });
  await until(watch.ended);
  expect((await server.send('GET', `${CONFIG_MAPS}?watch=1&sendInitialEvents=true`)).code).toBe(422);
});

test('closed watches leave nothing behind', async () => {
  const cache = server.api.registry.cacheOf({ group: '', version: 'v1', plural: 'configmaps' });
  const before = cache.watcherCount;
  const watches = await Promise.all(Array.from({ length: 5 }, () => openWatch(server, `${CONFIG_MAPS}?watch=1`)));
  await until(() => cache.watcherCount === before + 5);
  for (const watch of watches) watch.close();
  await until(() => cache.watcherCount === before);
});
