/**
 * What informers and the garbage collector live on: watches that begin with what is there, and lists and watches of metadata alone.
 */
import type { Pod } from '../../helper/api/core/pod';
import type { KubeList, ObjectMeta } from '../../helper/api/meta';
import { CONFIG_MAPS, configMap, MERGE, makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { openWatch } from './watch-client';

const METADATA = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const METADATA_LIST = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json' };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  for (const name of ['one', 'two']) await server.send('POST', PODS, pod(name, { app: 'there' }));
  await server.send('POST', CONFIG_MAPS, configMap('kept', { secret: 'value' }));
});
afterAll(() => server.stop());

test.each(['watch=true', 'watch=1&resourceVersion=', 'watch=true&resourceVersion=0'])(
  'GET pods?%s begins with what is there as ADDED, then goes on with what happens',
  async (query) => {
    const watch = await openWatch(server, `${PODS}?${query}`);
    await watch.waitFor(2);
    await server.send('PATCH', `${PODS}/one`, { metadata: { annotations: { at: String(Math.random()) } } }, MERGE);
    await watch.waitFor(3);
    expect(watch.seen()).toEqual(['ADDED one', 'ADDED two', 'MODIFIED one']);
    const found = (await server.send('GET', `${PODS}/one`)).json<Pod>();
    expect(watch.events[2]?.object).toEqual(found);
    watch.close();
  },
);

test('a watch of one object by name sees that object only', async () => {
  const watch = await openWatch(server, `${PODS}?watch=true&fieldSelector=metadata.name%3Dtwo`);
  await watch.waitFor(1);
  await server.send('PATCH', `${PODS}/one`, { metadata: { annotations: { at: 'one' } } }, MERGE);
  await server.send('PATCH', `${PODS}/two`, { metadata: { annotations: { at: 'two' } } }, MERGE);
  await watch.waitFor(2);
  expect(watch.seen()).toEqual(['ADDED two', 'MODIFIED two']);
  watch.close();
});

interface Partial {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: ObjectMeta;
}

test('an object, a list and a watch of metadata alone have nothing but metadata', async () => {
  const whole = (await server.send('GET', `${CONFIG_MAPS}/kept`)).json<Partial>();
  const expected = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: whole.metadata };
  const one = await server.send('GET', `${CONFIG_MAPS}/kept`, undefined, { headers: METADATA });
  expect(one.json<Partial>()).toEqual(expected);
  const list = (await server.send('GET', CONFIG_MAPS, undefined, { headers: METADATA_LIST })).json<KubeList>();
  expect([list.kind, list.apiVersion, list.items]).toEqual(['PartialObjectMetadataList', 'meta.k8s.io/v1', [expected]]);
  const page = await server.send('GET', `${PODS}?limit=1`, undefined, { headers: METADATA_LIST });
  expect(page.json<KubeList>().metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 1 });

  const watch = await openWatch(server, `${CONFIG_MAPS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=2`, METADATA);
  await watch.waitFor(1);
  expect(watch.events[0]).toEqual({ type: 'ADDED', object: expected });
  await server.send('PATCH', `${CONFIG_MAPS}/kept`, { data: { secret: 'other' } }, MERGE);
  await server.send('DELETE', `${CONFIG_MAPS}/kept`);
  // The last one is the bookmark that says up to where the stream went.
  await watch.waitFor(4);
  expect(watch.events.map(({ type, object }) => `${type} ${object.kind}`)).toEqual([
    'ADDED PartialObjectMetadata',
    'MODIFIED PartialObjectMetadata',
    'DELETED PartialObjectMetadata',
    'BOOKMARK PartialObjectMetadata',
  ]);
  expect(JSON.stringify(watch.events)).not.toContain('"data"');
  watch.close();
});

test('DELETE answers metadata alone when that is what the client takes', async () => {
  const deleted = (await server.send('DELETE', `${PODS}/one`, undefined, { headers: METADATA })).json<Partial>();
  expect([deleted.kind, deleted.metadata.name]).toEqual(['PartialObjectMetadata', 'one']);
});
