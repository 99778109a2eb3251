/**
 * One storage under several group versions: reads, writes, selectors and watches through each of them, and kinds that come and
 * go while the server runs.
 */
import type { Kind } from '../../helper/api/kind';
import { findKind } from '../../helper/api/kinds';
import type { KubeList, KubeObject } from '../../helper/api/meta';
import type { Status } from '../../helper/api/status-error';
import { until } from '../../helper/process/until';
import type { Table } from '../../master/apiserver/table/table';
import { CONFIG_MAPS, configMap, MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { openWatch } from './watch-client';

let server: TestServer;
const V2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const V1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
const CORE = '/api/v1/namespaces/default/events';
const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';
const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } };

type Fields = KubeObject & { spec: Record<string, unknown>; status: Record<string, unknown> } & Record<string, unknown>;
const read = async (path: string) => (await server.send('GET', path)).json<Fields>();

const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const MEMORY = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
};
const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };

const autoscaler = (name: string, spec: object) => ({
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { scaleTargetRef: TARGET, maxReplicas: 5, ...spec },
});

const newEvent = (name: string, more: object = {}) => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name },
  eventTime: '2030-01-01T00:00:00.000000Z',
  reportingController: 'minik8s.io/test',
  reportingInstance: 'test-1',
  action: 'Test',
  reason: 'Tested',
  type: 'Normal',
  note: 'it was tested',
  regarding: { kind: 'Pod', name: 'web', namespace: 'default' },
  ...more,
});

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('an autoscaler written through v1 is stored and read as v2, with the defaults of both', async () => {
  const made = await server.send('POST', V1, autoscaler('old', { targetCPUUtilizationPercentage: 60 }));
  expect([made.code, made.json<Fields>().apiVersion]).toEqual([201, 'autoscaling/v1']);
  expect(made.json<Fields>().spec).toEqual({
    scaleTargetRef: TARGET,
    minReplicas: 1,
    maxReplicas: 5,
    targetCPUUtilizationPercentage: 60,
  });
  expect((await read(`${V2}/old`)).spec).toMatchObject({ minReplicas: 1, metrics: [CPU] });
  const bare = await server.send('POST', V1, autoscaler('bare', {}));
  expect(bare.json<Fields>().spec['targetCPUUtilizationPercentage']).toBe(80);
});

test('what v1 cannot say travels in annotations and survives a write through v1', async () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
  await server.send('POST', V2, autoscaler('new', { metrics: [CPU, MEMORY], behavior }));
  const full = await read(`${V2}/new`);
  const old = await read(`${V1}/new`);
  expect(old.spec).toMatchObject({ targetCPUUtilizationPercentage: 60 });
  expect(JSON.parse(old.metadata.annotations?.['autoscaling.alpha.kubernetes.io/metrics'] ?? '')).toEqual([
    { type: 'Resource', resource: { name: 'memory', targetAverageValue: '1Gi' } },
  ]);
  expect(JSON.parse(old.metadata.annotations?.['autoscaling.alpha.kubernetes.io/behavior'] ?? '')).toMatchObject({
    ScaleDown: { StabilizationWindowSeconds: 60, Policies: [{ Type: 'Percent', Value: 100, PeriodSeconds: 15 }] },
  });
  const same = await server.send('PUT', `${V1}/new`, old);
  expect([same.code, same.json<Fields>().metadata.resourceVersion]).toEqual([200, full.metadata.resourceVersion]);
  const patched = await server.send('PATCH', `${V1}/new`, { spec: { targetCPUUtilizationPercentage: 70 } }, MERGE);
  expect(patched.json<Fields>().spec['targetCPUUtilizationPercentage']).toBe(70);
  const after = await read(`${V2}/new`);
  expect(after.spec['behavior']).toEqual(full.spec['behavior']);
  expect(after.spec['metrics']).toMatchObject([{ resource: { target: { averageUtilization: 70 } } }, MEMORY]);
  expect(after.metadata.annotations).toBeUndefined();
});

test('a write on an old state is a Conflict through every face, a name in use AlreadyExists', async () => {
  await server.send('POST', V2, autoscaler('raced', {}));
  const old = await read(`${V1}/raced`);
  await server.send('PATCH', `${V2}/raced`, { spec: { maxReplicas: 9 } }, MERGE);
  expect((await server.send('PUT', `${V1}/raced`, old)).json<Status>().reason).toBe('Conflict');
  expect((await server.send('POST', V1, autoscaler('raced', {}))).json<Status>().reason).toBe('AlreadyExists');
  expect((await server.send('PATCH', `${V1}/raced`, { spec: { maxReplicas: 0 } }, MERGE)).code).toBe(422);
});

test('the status of a face is written like any other', async () => {
  const status = { currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 41 };
  const answer = await server.send('PATCH', `${V1}/old/status`, { status }, MERGE);
  expect(answer.json<Fields>().status).toEqual(status);
  expect((await read(`${V2}/old`)).status['currentMetrics']).toEqual([
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 41, averageValue: '0' } } },
  ]);
});

test('lists, tables and pages of a face show its own form', async () => {
  const list = (await server.send('GET', V1)).json<KubeList>();
  expect([list.kind, list.apiVersion]).toEqual(['HorizontalPodAutoscalerList', 'autoscaling/v1']);
  expect(new Set(list.items.map(({ apiVersion }) => apiVersion))).toEqual(new Set(['autoscaling/v1']));
  const page = (await server.send('GET', `${V1}?limit=1`)).json<KubeList>();
  const next = (await server.send('GET', `${V1}?limit=1&continue=${page.metadata.continue}`)).json<KubeList>();
  expect([page, next].map(({ items }) => items[0]?.metadata.name)).toEqual(['bare', 'new']);
  expect(next.items[0]?.apiVersion).toBe('autoscaling/v1');
  const tables = await Promise.all(
    [V1, V2].map(async (path) => (await server.send('GET', path, undefined, TABLE)).json<Table>()),
  );
  expect(tables[0]?.rows.map(({ cells }) => cells)).toEqual(tables[1]?.rows.map(({ cells }) => cells));
  expect(tables[0]?.rows.find(({ cells }) => cells[0] === 'new')?.cells.slice(0, 6)).toEqual([
    'new',
    'Deployment/web',
    'cpu: <unknown>/70%, memory: <unknown>/1Gi',
    '1',
    5,
    0,
  ]);
});

test('a watch of a face sees writes through the others, in its own form, bookmarks included', async () => {
  const { metadata } = (await server.send('GET', V1)).json<KubeList>();
  const old = await openWatch(
    server,
    `${V1}?watch=1&allowWatchBookmarks=true&resourceVersion=${metadata.resourceVersion}`,
  );
  const initial = await openWatch(
    server,
    `${V1}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
  );
  await server.send('POST', V2, autoscaler('seen', {}));
  await server.send('DELETE', `${V2}/seen`);
  await until(() => old.events.length >= 2);
  expect(old.events.map(({ type, object }) => [type, object['apiVersion'], object.metadata.name])).toEqual([
    ['ADDED', 'autoscaling/v1', 'seen'],
    ['DELETED', 'autoscaling/v1', 'seen'],
  ]);
  await until(() => initial.events.some(({ type }) => type === 'BOOKMARK'));
  expect(initial.events.find(({ type }) => type === 'BOOKMARK')?.object['apiVersion']).toBe('autoscaling/v1');
  old.close();
  initial.close();
});

test('an Event is one object in two groups, each with its own field names and selectors', async () => {
  expect((await server.send('POST', EVENTS, newEvent('one'))).code).toBe(201);
  expect(await read(`${CORE}/one`)).toMatchObject({
    apiVersion: 'v1',
    message: 'it was tested',
    reportingComponent: 'minik8s.io/test',
    involvedObject: { name: 'web' },
  });
  const byName = (await server.send('GET', `${EVENTS}?fieldSelector=regarding.name%3Dweb`)).json<KubeList>();
  expect(byName.items.map(({ metadata }) => metadata.name)).toEqual(['one']);
  expect((await server.send('GET', `${EVENTS}?fieldSelector=involvedObject.name%3Dweb`)).code).toBe(400);
  const series = { count: 2, lastObservedTime: '2030-01-01T00:00:01.000000Z' };
  expect((await server.send('PATCH', `${EVENTS}/one`, { series }, MERGE)).json<Fields>()['series']).toEqual(series);
  const changed = await server.send('PATCH', `${EVENTS}/one`, { note: 'otherwise' }, MERGE);
  expect(changed.json<Fields>()['note']).toBe('otherwise');
  expect((await server.send('PATCH', `${CORE}/one`, { message: 'otherwise' }, MERGE)).code).toBe(200);
  const strict = await server.send('POST', EVENTS, newEvent('two', { type: 'Odd', deprecatedCount: 1 }));
  expect(strict.json<Status>().details?.causes?.map(({ field }) => field)).toEqual(['type', 'count']);
  await server.send('DELETE', EVENTS);
  expect((await server.send('GET', `${CORE}/one`)).code).toBe(404);
});

/** A kind that is converted by something that takes its time, as a webhook does. */
function widgets(version: string): Kind {
  const base = findKind('', 'v1', 'configmaps') as Kind;
  const names = { group: 'example.com', kind: 'Widget', plural: 'widgets', singular: 'widget', shortNames: [] };
  const of = { ...names, version: 'v1', namespaced: true };
  const say = (word: string) => async (objects: KubeObject[]) => {
    await new Promise(setImmediate);
    for (const object of objects) Object.assign(object, { data: { said: word } });
    return objects;
  };
  const face = version === 'v1' ? {} : { face: { of, fromStored: say(version), toStored: say('v1') } };
  return { ...base, ...names, version, ...face };
}

test('kinds come and go while the server runs, and conversion may take its time', async () => {
  const { registry } = server.api;
  const paths = ['v1', 'v2'].map((version) => `/apis/example.com/${version}/namespaces/default/widgets`);
  const [v1 = '', v2 = ''] = paths;
  const discovered = async () => (await server.send('GET', '/apis/example.com')).code;
  expect([await discovered(), (await server.send('GET', v1)).code]).toEqual([404, 404]);
  for (const version of ['v1', 'v2']) await registry.addKind(widgets(version));
  expect(await discovered()).toBe(200);
  expect(Object.keys((await read('/openapi/v3'))['paths'] as object)).toContain('apis/example.com/v2');

  const watch = await openWatch(server, `${v2}?watch=1`);
  const made = await server.send('POST', v2, { kind: 'Widget', metadata: { name: 'a' }, data: { said: 'v2' } });
  expect([made.code, made.json<Fields>()['data']]).toEqual([201, { said: 'v2' }]);
  for (let count = 0; count < 20; count++) {
    await server.send('PATCH', `${v1}/a`, { metadata: { labels: { count: String(count) } } }, MERGE);
  }
  expect(await read(`${v2}/a`)).toMatchObject({ data: { said: 'v2' }, metadata: { labels: { count: '19' } } });
  expect(await read(`${v1}/a`)).toMatchObject({ data: { said: 'v1' } });
  await until(() => watch.events.length >= 21);
  expect(watch.events.map(({ object }) => (object as unknown as KubeObject).metadata.labels?.['count'])).toEqual([
    undefined,
    ...Array.from({ length: 20 }, (_, count) => String(count)),
  ]);

  registry.removeKind({ group: 'example.com', version: 'v2', plural: 'widgets' });
  await until(watch.ended);
  expect([(await server.send('GET', v2)).code, (await server.send('GET', v1)).code]).toEqual([404, 200]);
  registry.removeKind({ group: 'example.com', version: 'v1', plural: 'widgets' });
  expect(await discovered()).toBe(404);
  await server.send('POST', CONFIG_MAPS, configMap('others-go-on'));
});
