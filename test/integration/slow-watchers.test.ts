/**
 * A client that opens a watch and stops reading: the server cuts it off instead of gathering events without limit, and what the client
 * has read is without a gap, so that it can go on from there.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { configMapResource } from '../../helper/api/core/config-map';
import { until } from '../../helper/process/until';
import { storeKey } from '../../master/storage/store';
import { CONFIG_MAPS, configMap } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { openWatch } from './watch-client';

/** Objects changed side by side: the store writes them in groups. */
const OBJECTS = 64;
/** More than the kernel's socket buffers hold, with {@link CHANGES}, and more events than a client may be behind. */
const PAYLOAD = 'x'.repeat(8_000);
const CHANGES = 160;
const ROUND = 16;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 30_000);
afterAll(() => server.stop());

const namespaced = { ...configMapResource, namespaced: true };
const cacheOf = () => server.api.registry.cacheOf(configMapResource);
const nameOf = (index: number) => `slow-${index}`;

/** Counts the object up, past HTTP: only the watch is to be slow. */
async function change(name: string, first: number, last: number): Promise<void> {
  const key = storeKey(namespaced, 'default', name);
  const metadata = { name, namespace: 'default', uid: name };
  let revision = (await server.store.get(key))?.revision ?? 0;
  for (let count = first; count <= last; count++) {
    const data = { count: String(count), payload: PAYLOAD };
    const bytes = Buffer.from(JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata, data }));
    revision = revision ? await server.store.update(key, bytes, revision) : await server.store.create(key, bytes);
  }
}

const changeAll = (first: number, last: number) =>
  Promise.all(Array.from({ length: OBJECTS }, (_, index) => change(nameOf(index), first, last)));

/** An open watch nobody reads from. */
function openUnread(selector = ''): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        ca: server.ca,
        agent: false,
        path: `${CONFIG_MAPS}?watch=1${selector}`,
        headers: { authorization: `Bearer ${server.token}` },
      },
      (response) => {
        response.pause();
        resolve(response);
      },
    );
    request.on('error', reject);
    request.end();
  });
}

interface Line {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
    readonly data: { readonly count: string };
  };
}

/** Reads on until the connection is gone. */
async function readRest(response: IncomingMessage): Promise<{ lines: Line[]; isCut: boolean }> {
  let text = '';
  const isCut = await new Promise<boolean>((resolve) => {
    response.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    response.on('end', () => resolve(false));
    response.on('error', () => resolve(true));
    response.resume();
  });
  // What stands behind the last line break is half a line.
  const lines = text.split('\n').slice(0, -1);
  return { lines: lines.map((line) => JSON.parse(line) as Line), isCut };
}

test('a watcher that does not read is cut off, and what it has read has no gap', async () => {
  const response = await openUnread();
  await until(() => cacheOf().watcherCount === 1);
  const quick = await openWatch(server, `${CONFIG_MAPS}?watch=1`);
  for (let last = ROUND; last <= CHANGES; last += ROUND) {
    await changeAll(last - ROUND + 1, last);
    // Reader and server share this process: without a rest the quick one would be slow as well.
    await until(() => quick.events.length >= OBJECTS * last);
  }
  await until(() => cacheOf().watcherCount === 1, 20_000);
  expect(quick.ended()).toBe(false);
  quick.close();

  const { lines, isCut } = await readRest(response);
  expect(isCut).toBe(true);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(OBJECTS * CHANGES);
  const counts = new Map<string, number>();
  let revision = 0;
  for (const { object } of lines) {
    const { name, resourceVersion } = object.metadata;
    expect(Number(resourceVersion)).toBeGreaterThan(revision);
    revision = Number(resourceVersion);
    expect(Number(object.data.count)).toBe((counts.get(name) ?? 0) + 1);
    counts.set(name, Number(object.data.count));
  }

  const resumed = await openWatch(server, `${CONFIG_MAPS}?watch=1&resourceVersion=${revision}`);
  const [first] = await resumed.waitFor(1);
  // Either what comes next or the order to start over; never a later event as if nothing were missing.
  if (first?.type === 'ERROR') expect(first.object.code).toBe(410);
  else expect(Number(first?.object.metadata.resourceVersion)).toBe(revision + 1);
  resumed.close();
}, 60_000);

test('a watcher that pauses and reads on gets every event', async () => {
  await server.send('POST', CONFIG_MAPS, configMap('settled'));
  const response = await openUnread();
  await until(() => cacheOf().watcherCount === 1);
  await changeAll(CHANGES + 1, CHANGES + 20);
  const seen = new Map<string, number>();
  let text = '';
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const { object } = JSON.parse(line) as Line;
      if (object.data?.count) seen.set(object.metadata.name, Number(object.data.count));
    }
  });
  response.resume();
  await until(() => [...seen.values()].filter((count) => count === CHANGES + 20).length === OBJECTS, 20_000);
  response.destroy();
  await until(() => cacheOf().watcherCount === 0);
}, 60_000);

/** The kernel's timer of the server's end of a connection: `02` is that of keep-alive. */
function timerOf(port: number, clientPort: number): string | undefined {
  const endsWith = (address: string | undefined, number: number) =>
    address?.endsWith(`:${number.toString(16).toUpperCase().padStart(4, '0')}`);
  const rows = readFileSync('/proc/self/net/tcp', 'utf8').split('\n');
  const fields = rows
    .map((row) => row.trim().split(/\s+/))
    .find(([, local, remote]) => endsWith(local, port) && endsWith(remote, clientPort));
  return fields?.[5]?.split(':')[0];
}

test('a silent watcher is asked for a sign of life by the kernel, so that one cut off from the network is let go', async () => {
  // Nothing is sent to it: what waits for an unread connection has timers of its own.
  const response = await openUnread('&labelSelector=none%3Dsuch');
  await until(() => timerOf(server.port, response.socket.localPort ?? 0) === '02');
  response.on('error', () => undefined);
  response.destroy();
  await until(() => cacheOf().watcherCount === 0);
});
