/**
 * The ways to delete: what a client is told, what finalizers the policies leave for the garbage collector, and what is refused.
 */
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { KubeList } from '../../helper/api/meta';
import type { Status } from '../../helper/api/status-error';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const create = async (name: string, labels: Record<string, string> = {}) =>
  (await server.send('POST', CONFIG_MAPS, configMap(name, {}, labels))).json<ConfigMap>();
const codeOf = async (name: string) => (await server.send('GET', `${CONFIG_MAPS}/${name}`)).code;

test('DELETE of an object nothing holds answers a Status that names it', async () => {
  const { metadata } = await create('plain');
  const answer = await server.send('DELETE', `${CONFIG_MAPS}/plain`);
  expect([answer.code, answer.json<Status>()]).toEqual([
    200,
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'plain', kind: 'configmaps', uid: metadata.uid },
    },
  ]);
  const { uid } = (await server.send('POST', DEPLOYMENTS, deployment('grouped'))).json<ConfigMap>().metadata;
  const grouped = (await server.send('DELETE', `${DEPLOYMENTS}/grouped`)).json<Status>();
  expect(grouped.details).toEqual({ name: 'grouped', group: 'apps', kind: 'deployments', uid });
  expect((await server.send('DELETE', `${CONFIG_MAPS}/plain`)).json<Status>()).toMatchObject({
    code: 404,
    reason: 'NotFound',
    details: { name: 'plain', kind: 'configmaps' },
  });
});

test.each([
  ['Foreground', 'foregroundDeletion'],
  ['Orphan', 'orphan'],
])('propagationPolicy=%s leaves the object to the garbage collector', async (propagationPolicy, finalizer) => {
  const name = propagationPolicy.toLowerCase();
  for (const [suffix, send] of [
    ['body', (path: string) => server.send('DELETE', path, { propagationPolicy })],
    ['query', (path: string) => server.send('DELETE', `${path}?propagationPolicy=${propagationPolicy}`)],
  ] as const) {
    const path = `${CONFIG_MAPS}/${name}-${suffix}`;
    await create(`${name}-${suffix}`);
    const held = (await send(path)).json<ConfigMap>();
    expect([held.kind, held.metadata.finalizers]).toEqual(['ConfigMap', [finalizer]]);
    expect(held.metadata.deletionTimestamp).toBeDefined();
    const again = (await server.send('DELETE', path)).json<ConfigMap>();
    expect(again.metadata.finalizers).toEqual([finalizer]);
    await server.send('PATCH', path, { metadata: { finalizers: null } }, MERGE);
    expect((await server.send('GET', path)).code).toBe(404);
  }
});

test('orphanDependents=true is the old word for Orphan; both words at once and unknown policies are refused', async () => {
  await create('old');
  const held = (await server.send('DELETE', `${CONFIG_MAPS}/old`, { orphanDependents: true })).json<ConfigMap>();
  expect(held.metadata.finalizers).toEqual(['orphan']);
  await create('both');
  const both = { orphanDependents: true, propagationPolicy: 'Foreground' };
  expect((await server.send('DELETE', `${CONFIG_MAPS}/both`, both)).code).toBe(422);
  expect((await server.send('DELETE', `${CONFIG_MAPS}/both`, { propagationPolicy: 'Sometime' })).code).toBe(422);
  expect(await codeOf('both')).toBe(200);
});

test('preconditions hold or nothing happens', async () => {
  const { metadata } = await create('guarded');
  const path = `${CONFIG_MAPS}/guarded`;
  for (const preconditions of [
    { uid: 'other' },
    { resourceVersion: '1' },
    { uid: metadata.uid, resourceVersion: '1' },
  ]) {
    const refused = (await server.send('DELETE', path, { preconditions })).json<Status>();
    expect([refused.code, refused.reason]).toEqual([409, 'Conflict']);
    expect(refused.message).toContain('Precondition failed');
  }
  const { uid, resourceVersion } = metadata;
  expect((await server.send('DELETE', path, { preconditions: { uid, resourceVersion } })).code).toBe(200);
  expect(await codeOf('guarded')).toBe(404);
});

test('DELETE of a collection deletes what is selected, and answers with it', async () => {
  for (const name of ['red-1', 'red-2']) await create(name, { color: 'red' });
  await create('blue', { color: 'blue' });
  const answer = await server.send('DELETE', `${CONFIG_MAPS}?labelSelector=color%3Dred`);
  const list = answer.json<KubeList<ConfigMap>>();
  expect([answer.code, list.kind, list.items.map(({ metadata }) => metadata.name)]).toEqual([
    200,
    'ConfigMapList',
    ['red-1', 'red-2'],
  ]);
  expect([await codeOf('red-1'), await codeOf('blue')]).toEqual([404, 200]);
  const dry = await server.send('DELETE', `${CONFIG_MAPS}?dryRun=All`);
  expect([dry.code, await codeOf('blue')]).toEqual([200, 200]);
  const named = await server.send('DELETE', `${CONFIG_MAPS}?fieldSelector=metadata.name%3Dblue`);
  expect([named.code, await codeOf('blue')]).toEqual([200, 404]);
});

test('namespaces cannot be deleted as a collection', async () => {
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'kept' } });
  expect((await server.send('DELETE', '/api/v1/namespaces')).code).toBe(405);
  expect(
    (await server.send('GET', '/api/v1/namespaces/kept')).json<ConfigMap>().metadata.deletionTimestamp,
  ).toBeUndefined();
});
