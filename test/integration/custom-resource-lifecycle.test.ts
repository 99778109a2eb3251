/**
 * Custom objects live and end like all others: they are watched, selected, owned, and go with their namespace.
 */
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component as garbageCollector } from '../../master/controllers/garbage-collector/main';
import { component as namespaceController } from '../../master/controllers/namespace/main';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';
import { openWatch } from './watch-client';

jest.setTimeout(60_000);

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SHIRTS = '/apis/example.com/v1/namespaces/default/shirts';
const JSON_PATCH = { headers: { 'content-type': 'application/json-patch+json' } };

const SCHEMA = {
  type: 'object',
  properties: {
    a: { type: 'string' },
    b: { type: 'string' },
    spec: { type: 'object', properties: { color: { type: 'string' }, size: { type: 'integer' } } },
  },
};
const DEFINITION = {
  metadata: { name: 'shirts.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'shirts', kind: 'Shirt' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: SCHEMA },
        selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.size' }],
      },
    ],
  },
};
const shirt = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Shirt',
  metadata: { name, ...metadata },
  spec,
});

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  await server.send('POST', DEFINITIONS, DEFINITION);
  await until(async () => (await server.send('GET', SHIRTS)).code === 200);
});
afterEach(() => server.stop());

const isGone = (path: string) => async () => (await server.send('GET', path)).code === 404;

it('selects by the fields the definition names, in lists and watches', async () => {
  const selector = '?fieldSelector=spec.color%3Dblue%2Cspec.size%3D3';
  const watch = await openWatch(server, `${SHIRTS}${selector}&watch=1`);
  await server.send('POST', SHIRTS, shirt('one', { color: 'blue', size: 3 }));
  await server.send('POST', SHIRTS, shirt('two', { color: 'blue', size: 4 }));
  await server.send('POST', SHIRTS, shirt('three', { color: 'red', size: 3 }));
  const { items } = (await server.send('GET', SHIRTS + selector)).json<{ items: { metadata: { name: string } }[] }>();
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['one']);
  await server.send('DELETE', `${SHIRTS}/one`);
  await watch.waitFor(2);
  expect(watch.seen()).toEqual(['ADDED one', 'DELETED one']);
  watch.close();
  const refused = await server.send('GET', `${SHIRTS}?fieldSelector=spec.other%3Dx`);
  expect([refused.code, refused.text]).toEqual([400, expect.stringContaining('field label not supported: spec.other')]);
});

it('shows defaults that came after the object was stored, and keeps those that were stored', async () => {
  const path = '/spec/versions/0/schema/openAPIV3Schema/properties';
  const patch = (operations: object[]) =>
    server.send('PATCH', `${DEFINITIONS}/shirts.example.com`, operations, JSON_PATCH);
  const read = async (name: string) =>
    (await server.send('GET', `${SHIRTS}/${name}`)).json<{ a?: string; b?: string }>();
  await server.send('POST', SHIRTS, shirt('early'));
  await patch([{ op: 'add', path: `${path}/a/default`, value: 'A' }]);
  await until(async () => (await read('early')).a === 'A');
  expect((await server.send('POST', SHIRTS, shirt('late'))).json()).toMatchObject({ a: 'A' });
  await patch([
    { op: 'remove', path: `${path}/a/default` },
    { op: 'add', path: `${path}/b/default`, value: 'B' },
  ]);
  await until(async () => (await read('early')).b === 'B');
  expect(await read('early')).not.toHaveProperty('a');
  expect(await read('late')).toMatchObject({ a: 'A', b: 'B' });
});

it('goes with its definition even when nobody could see it any more', async () => {
  await server.send('POST', SHIRTS, shirt('unseen'));
  const unserve = [{ op: 'replace', path: '/spec/versions/0/served', value: false }];
  await server.send('PATCH', `${DEFINITIONS}/shirts.example.com`, unserve, JSON_PATCH);
  await until(isGone(SHIRTS));
  await server.send('DELETE', `${DEFINITIONS}/shirts.example.com`);
  await until(isGone(`${DEFINITIONS}/shirts.example.com`));
  expect((await server.store.list('/registry/')).items.filter(({ key }) => key.includes('shirts'))).toEqual([]);
});

describe('with the controllers', () => {
  const running: RunningComponent[] = [];
  beforeEach(async () => {
    for (const component of [garbageCollector, namespaceController]) running.push(await startBeside(server, component));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((component) => component.stop()));
  });

  it('goes with its namespace', async () => {
    await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'closing' } });
    const path = SHIRTS.replace('default', 'closing');
    await server.send('POST', path, shirt('a'));
    await server.send('DELETE', '/api/v1/namespaces/closing');
    await until(isGone('/api/v1/namespaces/closing'), 20_000);
    expect((await server.send('GET', path)).json()).toMatchObject({ items: [] });
  });

  it('goes with its owner, a custom object too', async () => {
    const owner = (await server.send('POST', SHIRTS, shirt('owner'))).json<{ metadata: { uid: string } }>();
    const reference = { apiVersion: 'example.com/v1', kind: 'Shirt', name: 'owner', uid: owner.metadata.uid };
    await server.send('POST', SHIRTS, shirt('owned', {}, { ownerReferences: [reference] }));
    const { code } = await server.send('DELETE', `${SHIRTS}/owner?propagationPolicy=Background`);
    expect(code).toBe(200);
    await until(isGone(`${SHIRTS}/owned`), 20_000);
  });
});
