import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../helper/process/clock';
import { silentLogger } from '../../helper/process/log';
import { until } from '../../helper/process/until';
import { openEmbeddedStore } from '../storage/embedded-store';
import { openEtcdStore } from '../storage/etcd-store';
import { hasEtcd, startTestEtcd } from '../storage/start-test-etcd';
import { CompactedError, type Store, StoreUnavailable } from '../storage/store';
import { COMPACTION_INTERVAL_MS, StoreCompactor } from './store-compactor';

interface Subject {
  readonly store: Store;
  remove(): Promise<void>;
}

async function embeddedSubject(): Promise<Subject> {
  const directory = mkdtempSync(join(tmpdir(), 'minik8s-compactor-'));
  const store = await openEmbeddedStore({ directory });
  return {
    store,
    async remove() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function etcdSubject(): Promise<Subject> {
  const etcd = await startTestEtcd();
  const store = await openEtcdStore({ endpoints: [etcd.endpoint] });
  return {
    store,
    async remove() {
      await store.close();
      await etcd.remove();
    },
  };
}

const subjects: [string, () => Promise<Subject>][] = [['embedded store', embeddedSubject]];
if (hasEtcd()) subjects.push(['etcd store', etcdSubject]);

const bytes = (text: string) => Buffer.from(text);

test.each(subjects)(
  'StoreCompactor keeps the history of the last interval and forgets what is older: %s',
  async (_name, open) => {
    const { store, remove } = await open();
    const clock = new ManualClock();
    const compactor = new StoreCompactor(store, silentLogger(), clock);
    // A second api-server over the same store does no harm.
    const second = new StoreCompactor(store, silentLogger(), clock);
    try {
      const one = await store.create('/a/1', bytes('1'));
      const two = await store.update('/a/1', bytes('2'), one);
      for (const each of [compactor, second]) await each.compact();
      const three = await store.update('/a/1', bytes('3'), two);
      const four = await store.update('/a/1', bytes('4'), three);
      expect((await store.list('/a/', { revision: one })).items[0]?.value).toEqual(bytes('1'));
      for (const each of [compactor, second]) await each.compact();
      await expect(store.list('/a/', { revision: one })).rejects.toThrow(CompactedError);
      expect((await store.list('/a/', { revision: three })).items[0]?.value).toEqual(bytes('3'));
      for (const each of [compactor, second]) await each.compact();
      await expect(store.list('/a/', { revision: three })).rejects.toThrow(CompactedError);
      expect((await store.get('/a/1'))?.revision).toBe(four);
    } finally {
      await remove();
    }
  },
  30_000,
);

test('start() compacts every five minutes to what was the newest five minutes before, and goes on after a failure', async () => {
  const clock = new ManualClock();
  const compacted: number[] = [];
  let revision = 10;
  let isAway = false;
  let asked = 0;
  const store = {
    async currentRevision() {
      asked++;
      if (isAway) throw new StoreUnavailable('away');
      return revision;
    },
    async compact(to: number) {
      compacted.push(to);
    },
  };
  const compactor = new StoreCompactor(store, silentLogger(), clock);
  const interval = async (next: number) => {
    const before = asked;
    revision = next;
    await until(() => {
      clock.advance(COMPACTION_INTERVAL_MS);
      return asked > before;
    });
    await new Promise(setImmediate);
  };
  compactor.start();
  await new Promise(setImmediate);
  clock.advance(COMPACTION_INTERVAL_MS - 1);
  expect(asked).toBe(1);
  await interval(20);
  expect(compacted).toEqual([10]);
  isAway = true;
  await interval(30);
  isAway = false;
  await interval(40);
  await interval(40);
  await interval(40);
  expect(compacted).toEqual([10, 20, 40]);
  compactor.stop();
  clock.advance(10 * COMPACTION_INTERVAL_MS);
  expect(compacted).toEqual([10, 20, 40]);
});
