/**
 * Ways to watch besides `?watch=1`: WebSockets, the old /watch/ paths; and the edges of a stream: revisions to come, bookmarks, its end.
 */
import WebSocket from 'ws';
import type { Status } from '../../helper/api/status-error';
import { until } from '../../helper/process/until';
import { CONFIG_MAPS, configMap, MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { openWatch, type SeenEvent } from './watch-client';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const name of ['one', 'two']) await server.send('POST', CONFIG_MAPS, configMap(name));
});
afterAll(() => server.stop());

const touch = (name: string) =>
  server.send('PATCH', `${CONFIG_MAPS}/${name}`, { data: { at: String(Math.random()) } }, MERGE);
const currentRevision = async () =>
  Number(
    (await server.send('GET', CONFIG_MAPS)).json<{ metadata: { resourceVersion: string } }>().metadata.resourceVersion,
  );

function openSocket(path: string, protocols: string[] = []) {
  const { port, ca, token } = server;
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, protocols, {
    ca,
    headers,
  });
  const events: SeenEvent[] = [];
  const seen = { socket, events, code: 0, refused: 0, isText: true };
  socket.on('message', (data: Buffer, isBinary) => {
    seen.isText &&= !isBinary;
    events.push(JSON.parse(data.toString()));
  });
  socket.on('unexpected-response', (_request, response) => {
    seen.refused = response.statusCode ?? 0;
    socket.terminate();
  });
  socket.on('error', () => undefined);
  socket.on('close', (code) => {
    seen.code = code;
  });
  return seen;
}

const textOf = ({ type, object }: SeenEvent) => `${type} ${object.metadata.name}`;

test('a watch over a WebSocket sends each event as one text message', async () => {
  const watch = openSocket(`${CONFIG_MAPS}?watch=1&fieldSelector=metadata.name%3Done`);
  await until(() => watch.events.length === 1);
  await touch('two');
  await touch('one');
  await until(() => watch.events.length === 2);
  expect([watch.events.map(textOf), watch.isText]).toEqual([['ADDED one', 'MODIFIED one'], true]);
  watch.socket.close();
  const { watcherCount } = server.api.registry.find('', 'v1', 'configmaps') ?? {};
  expect(watcherCount).toBeLessThanOrEqual(1);
  await until(() => server.api.registry.find('', 'v1', 'configmaps')?.watcherCount === 0);
});

test('a WebSocket watch ends in order, and what is wrong with it is said as a Status', async () => {
  const watch = openSocket(`${CONFIG_MAPS}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true`);
  await until(() => watch.code !== 0);
  expect([watch.code, watch.events.at(-1)?.type]).toEqual([1000, 'BOOKMARK']);
  const wrong = openSocket(`${CONFIG_MAPS}?watch=1&labelSelector=%3D%3D`);
  await until(() => wrong.refused !== 0);
  const list = openSocket(CONFIG_MAPS);
  await until(() => list.refused !== 0);
  expect([wrong.refused, list.refused]).toEqual([400, 400]);
});

test.each([
  ['/api/v1/watch/namespaces/default/configmaps', ['ADDED one', 'ADDED two', 'MODIFIED one', 'MODIFIED two']],
  [
    '/api/v1/watch/configmaps?fieldSelector=metadata.namespace%3Ddefault',
    ['ADDED one', 'ADDED two', 'MODIFIED one', 'MODIFIED two'],
  ],
  ['/api/v1/watch/namespaces/default/configmaps/two', ['ADDED two', 'MODIFIED two']],
])('GET %s is a watch', async (path, expected) => {
  const watch = await openWatch(server, path);
  await touch('one');
  await touch('two');
  await watch.waitFor(expected.length);
  expect(watch.seen()).toEqual(expected);
  watch.close();
  expect((await server.send('POST', path, configMap('three'))).code).toBe(405);
});

test('a watch from a revision to come sends what happens after it only', async () => {
  const revision = (await currentRevision()) + 2;
  const watch = await openWatch(server, `${CONFIG_MAPS}?watch=1&resourceVersion=${revision}`);
  for (let round = 0; round < 3; round++) await touch('one');
  await watch.waitFor(1);
  expect(Number(watch.events[0]?.object.metadata.resourceVersion)).toBe(revision + 1);
  watch.close();
});

test('sendInitialEvents=false begins at the newest revision', async () => {
  const query = 'watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
  const watch = await openWatch(server, `${CONFIG_MAPS}?${query}`);
  await touch('two');
  await watch.waitFor(1);
  expect(watch.seen()).toEqual(['MODIFIED two']);
  watch.close();
});

test('timeoutSeconds ends the stream after a last bookmark, however quiet it was', async () => {
  const revision = await currentRevision();
  const watch = await openWatch(
    server,
    `${CONFIG_MAPS}?watch=1&resourceVersion=${revision}&timeoutSeconds=1&allowWatchBookmarks=true`,
  );
  await until(watch.ended);
  expect(watch.events).toEqual([
    {
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { resourceVersion: expect.stringMatching(/^\d+$/), creationTimestamp: null },
      },
    },
  ]);
});

test('a name in path and field selector that differ are a 400', async () => {
  const path = '/api/v1/watch/namespaces/default/configmaps/one?fieldSelector=metadata.name%3Dtwo';
  const answer = await server.send('GET', path);
  expect([answer.code, answer.json<Status>().message]).toEqual([
    400,
    "fieldSelector metadata.name doesn't match requested name",
  ]);
});
