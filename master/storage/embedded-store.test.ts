/**
 * What only the embedded store promises: one process a directory, bounded history, watchers told before the writer.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from './embedded-store';
import { CompactedError } from './store';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minik8s-embedded-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('openEmbeddedStore() refuses a directory that is open, names the process, and takes it once it is closed', async () => {
  const store = await openEmbeddedStore({ directory });
  await expect(openEmbeddedStore({ directory })).rejects.toThrow(`already open (process ${process.pid})`);
  await store.close();
  await (await openEmbeddedStore({ directory })).close();
});

test('openEmbeddedStore() keeps historyLimit revisions and forgets older ones by itself', async () => {
  const store = await openEmbeddedStore({ directory, historyLimit: 100 });
  await Promise.all(Array.from({ length: 2500 }, (_, index) => store.create(`/a/${index}`, Buffer.from('x'))));
  await store.create('/a/last', Buffer.from('x'));
  const revision = await store.currentRevision();
  expect((await store.list('/a/', { revision: revision - 100 })).items).toHaveLength(2401);
  await expect(store.list('/a/', { revision: revision - 1000 })).rejects.toThrow(CompactedError);
  expect((await store.list('/a/')).items).toHaveLength(2501);
  await store.close();
});

test('a watcher has seen a write before its writer is answered', async () => {
  const store = await openEmbeddedStore({ directory });
  let [seen, joined] = [0, false];
  store.watch('/', await store.currentRevision(), {
    onEvent: (event) => {
      seen = event.revision;
    },
    onProgress: () => {
      joined = true;
    },
    onEnd: () => {},
  });
  while (!joined) await new Promise(setImmediate);
  for (let index = 0; index < 20; index++) {
    const revision = await store.create(`/a/${index}`, Buffer.from('x'));
    expect(seen).toBe(revision);
  }
  await store.close();
});

test('a handler that throws loses its watch; writers and other watchers go on', async () => {
  const store = await openEmbeddedStore({ directory });
  const after = await store.currentRevision();
  const seen: number[] = [];
  const ignore = () => {};
  store.watch('/', after, {
    onEvent: () => {
      throw new Error('a bug');
    },
    onProgress: ignore,
    onEnd: ignore,
  });
  store.watch('/', after, { onEvent: (event) => seen.push(event.revision), onProgress: ignore, onEnd: ignore });
  const revisions = [await store.create('/a', Buffer.from('x')), await store.create('/b', Buffer.from('x'))];
  while (seen.length < 2) await new Promise(setImmediate);
  expect(seen).toEqual(revisions);
  await store.close();
});

test('close() waits for writes under way', async () => {
  const store = await openEmbeddedStore({ directory });
  const writes = Array.from({ length: 50 }, (_, index) => store.create(`/a/${index}`, Buffer.from('x')));
  await store.close();
  expect(await Promise.all(writes)).toHaveLength(50);
  const again = await openEmbeddedStore({ directory });
  expect((await again.list('/a/')).items).toHaveLength(50);
  await again.close();
});
