/**
 * The contract of `store.ts`, checked against both stores: the embedded one in a temporary directory, etcd as a real process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from './embedded-store';
import { openEtcdStore } from './etcd-store';
import { hasEtcd, startTestEtcd } from './start-test-etcd';
import { CompactedError, FutureRevisionError, RevisionConflict, type Store, type StoreEvent } from './store';

interface Subject {
  readonly store: Store;
  /** The store after its process, or that of its etcd, died and came back. */
  restart(): Promise<Store>;
  remove(): Promise<void>;
}

async function embeddedSubject(): Promise<Subject> {
  const directory = mkdtempSync(join(tmpdir(), 'minik8s-store-'));
  let store = await openEmbeddedStore({ directory });
  return {
    store,
    async restart() {
      await store.close();
      store = await openEmbeddedStore({ directory });
      return store;
    },
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
    async restart() {
      await etcd.kill();
      await etcd.start();
      return store;
    },
    async remove() {
      await store.close();
      await etcd.remove();
    },
  };
}

const subjects: [string, () => Promise<Subject>][] = [['embedded store', embeddedSubject]];
if (hasEtcd()) subjects.push(['etcd store', etcdSubject]);
else process.stderr.write('etcd store: skipped, there is no `etcd` on PATH (apt-get install etcd-server)\n');

const bytes = (text: string) => Buffer.from(text);

/** Collects what a watch is told; `until` polls, because events come when they come. */
function record(store: Store, prefix: string, after: number) {
  const events: StoreEvent[] = [];
  const progress: number[] = [];
  const ends: Error[] = [];
  const watch = store.watch(prefix, after, {
    onEvent: (event) => events.push(event),
    onProgress: (revision) => progress.push(revision),
    onEnd: (error) => ends.push(error),
  });
  return { events, progress, ends, watch };
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); ) {
    if (Date.now() > end) throw new Error(`not within 10 s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function conflictOf(write: Promise<number>): Promise<RevisionConflict> {
  const error: unknown = await write.then(
    () => undefined,
    (failure) => failure,
  );
  if (!(error instanceof RevisionConflict)) throw new Error(`expected a RevisionConflict, got ${String(error)}`);
  return error;
}

describe.each(subjects)('%s', (_name, open) => {
  let subject: Subject;
  let store: Store;
  let prefix: string;
  let tests = 0;

  beforeAll(async () => {
    subject = await open();
    store = subject.store;
  }, 30_000);
  afterAll(() => subject?.remove());
  beforeEach(() => {
    prefix = `/registry/core/pods/test-${++tests}/`;
  });

  const createMany = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        store.create(`${prefix}${String(index).padStart(4, '0')}`, bytes(`v${index}`)),
      ),
    );
  const names = (items: readonly { key: string }[]) => items.map(({ key }) => key.slice(prefix.length));

  test('create() makes the key, get() gives it back with its revision', async () => {
    const revision = await store.create(`${prefix}a`, bytes('one'));
    expect(await store.get(`${prefix}a`)).toEqual({ key: `${prefix}a`, value: bytes('one'), revision });
    expect(await store.get(`${prefix}b`)).toBeUndefined();
    expect(await store.currentRevision()).toBe(revision);
  });

  test('create() of an existing key is a conflict that carries the current value', async () => {
    const revision = await store.create(`${prefix}a`, bytes('one'));
    const conflict = await conflictOf(store.create(`${prefix}a`, bytes('two')));
    expect(conflict.current).toEqual({ key: `${prefix}a`, value: bytes('one'), revision });
  });

  test('update() and delete() need the exact revision', async () => {
    const first = await store.create(`${prefix}a`, bytes('one'));
    const second = await store.update(`${prefix}a`, bytes('two'), first);
    expect(second).toBeGreaterThan(first);
    expect((await conflictOf(store.update(`${prefix}a`, bytes('x'), first))).current?.revision).toBe(second);
    expect((await conflictOf(store.delete(`${prefix}a`, first))).current?.value).toEqual(bytes('two'));
    const third = await store.delete(`${prefix}a`, second);
    expect(third).toBeGreaterThan(second);
    expect(await store.get(`${prefix}a`)).toBeUndefined();
  });

  test.each([0, 1, 7])(
    'update() and delete() of a missing key expecting revision %i are conflicts',
    async (expected) => {
      expect((await conflictOf(store.update(`${prefix}none`, bytes('x'), expected))).current).toBeUndefined();
      expect((await conflictOf(store.delete(`${prefix}none`, expected))).current).toBeUndefined();
      expect(await store.get(`${prefix}none`)).toBeUndefined();
    },
  );

  test('a deleted key can be made again, and its old revision is worth nothing', async () => {
    const first = await store.create(`${prefix}a`, bytes('one'));
    await store.delete(`${prefix}a`, first);
    const again = await store.create(`${prefix}a`, bytes('again'));
    expect((await conflictOf(store.delete(`${prefix}a`, first))).current?.revision).toBe(again);
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['every byte', Buffer.from(Array.from({ length: 256 }, (_, index) => index))],
    ['UTF-8', bytes('{"名前":"🐳 naïve","":"\\u0000"}')],
    ['1 MiB', Buffer.alloc(2 ** 20, 'k8s ')],
  ])('values come back byte for byte: %s', async (_label, value) => {
    const watched = record(store, prefix, await store.currentRevision());
    const revision = await store.create(`${prefix}a`, value);
    expect((await store.get(`${prefix}a`))?.value.equals(value)).toBe(true);
    expect((await store.list(prefix)).items[0]?.value.equals(value)).toBe(true);
    await until(() => watched.events.length === 1);
    expect(watched.events[0]?.value.equals(value)).toBe(true);
    await store.delete(`${prefix}a`, revision);
    await until(() => watched.events.length === 2);
    expect(watched.events[1]?.value.equals(value)).toBe(true);
    watched.watch.cancel();
  });

  test('list() gives the prefix in key order, with limit, after and remaining', async () => {
    await createMany(25);
    await store.create(`${prefix.slice(0, -1)}x/stranger`, bytes('not mine'));
    const all = await store.list(prefix);
    expect(names(all.items)).toEqual(Array.from({ length: 25 }, (_, index) => String(index).padStart(4, '0')));
    expect(all.remaining).toBe(0);
    expect(all.revision).toBe(await store.currentRevision());
    const page = await store.list(prefix, { limit: 10, after: `${prefix}0004` });
    expect(names(page.items)).toEqual(['0005', '0006', '0007', '0008', '0009', '0010', '0011', '0012', '0013', '0014']);
    expect(page.remaining).toBe(10);
    expect((await store.list(prefix, { limit: 25 })).remaining).toBe(0);
    expect((await store.list(prefix, { after: `${prefix}0024` })).items).toEqual([]);
    expect((await store.list(`${prefix}nothing/`)).items).toEqual([]);
    expect(names((await store.list(prefix, { after: '/a' })).items)).toHaveLength(25);
  });

  test('list() orders keys by their UTF-8 bytes', async () => {
    const keys = ['a', 'B', 'ä', '\u{1F433}', '\uFF5E', 'a-b', 'a.b', 'aa'];
    for (const key of keys) await store.create(`${prefix}${key}`, bytes(key));
    const expected = [...keys].sort((one, other) => Buffer.compare(bytes(one), bytes(other)));
    expect(names((await store.list(prefix)).items)).toEqual(expected);
  });

  test('list() of a revision shows that moment, whatever was written since', async () => {
    const [a, b] = [await store.create(`${prefix}a`, bytes('a1')), await store.create(`${prefix}b`, bytes('b1'))];
    const moment = b;
    await store.update(`${prefix}a`, bytes('a2'), a);
    await store.delete(`${prefix}b`, b);
    const c = await store.create(`${prefix}c`, bytes('c1'));
    await store.create(`${prefix}b`, bytes('b2'));
    const past = await store.list(prefix, { revision: moment });
    expect(past.items.map(({ key, value, revision }) => [key, String(value), revision])).toEqual([
      [`${prefix}a`, 'a1', a],
      [`${prefix}b`, 'b1', b],
    ]);
    expect(past.revision).toBe(moment);
    expect(names((await store.list(prefix, { revision: c })).items)).toEqual(['a', 'c']);
    expect((await store.list(prefix, { revision: a - 1 })).items).toEqual([]);
  });

  test('pages read at one revision are one list, while others write', async () => {
    const revisions = await createMany(30);
    const first = await store.list(prefix, { limit: 7 });
    await store.delete(`${prefix}0010`, revisions[10] ?? 0);
    await store.delete(`${prefix}0029`, revisions[29] ?? 0);
    await store.update(`${prefix}0012`, bytes('new'), revisions[12] ?? 0);
    await store.create(`${prefix}0012b`, bytes('late'));
    await store.create(`${prefix}9999`, bytes('late'));
    const items = [...first.items];
    let remaining = first.remaining;
    while (remaining > 0) {
      const after = items.at(-1)?.key ?? '';
      const page = await store.list(prefix, { limit: 7, after, revision: first.revision });
      expect(page.remaining).toBe(remaining - page.items.length);
      expect(page.revision).toBe(first.revision);
      items.push(...page.items);
      remaining = page.remaining;
    }
    expect(items.map(({ value }) => String(value))).toEqual(Array.from({ length: 30 }, (_, index) => `v${index}`));
  });

  test('list() of a revision to come throws FutureRevisionError', async () => {
    const current = await store.currentRevision();
    const error: unknown = await store.list(prefix, { revision: current + 1000 }).catch((failure) => failure);
    expect(error).toBeInstanceOf(FutureRevisionError);
    expect(error).toMatchObject({ currentRevision: current });
  });

  test('watch() tells every write of the prefix, with what was there before', async () => {
    const watched = record(store, prefix, await store.currentRevision());
    const one = await store.create(`${prefix}a`, bytes('1'));
    await store.create(`${prefix.slice(0, -1)}x/stranger`, bytes('not mine'));
    const two = await store.update(`${prefix}a`, bytes('2'), one);
    const three = await store.delete(`${prefix}a`, two);
    const four = await store.create(`${prefix}a`, bytes('4'));
    await until(() => watched.events.length >= 4);
    const key = `${prefix}a`;
    expect(watched.events).toEqual([
      { type: 'put', key, value: bytes('1'), created: true, revision: one },
      { type: 'put', key, value: bytes('2'), previous: bytes('1'), created: false, revision: two },
      { type: 'delete', key, value: bytes('2'), previous: bytes('2'), created: false, revision: three },
      { type: 'put', key, value: bytes('4'), created: true, revision: four },
    ]);
    watched.watch.cancel();
  });

  test('watch() from an old revision first tells what happened, then goes on, each event once', async () => {
    const before = await store.currentRevision();
    const one = await store.create(`${prefix}a`, bytes('1'));
    const two = await store.update(`${prefix}a`, bytes('2'), one);
    const old = record(store, prefix, before);
    const middle = record(store, prefix, one);
    const three = await store.update(`${prefix}a`, bytes('3'), two);
    const four = await store.delete(`${prefix}a`, three);
    await until(() => old.events.at(-1)?.revision === four && middle.events.at(-1)?.revision === four);
    expect(old.events.map(({ revision }) => revision)).toEqual([one, two, three, four]);
    expect(old.events.map(({ value }) => String(value))).toEqual(['1', '2', '3', '3']);
    expect(middle.events.map(({ revision, previous }) => [revision, String(previous)])).toEqual([
      [two, '1'],
      [three, '2'],
      [four, '3'],
    ]);
    old.watch.cancel();
    middle.watch.cancel();
  });

  test('watch() reports progress past writes of other prefixes', async () => {
    const watched = record(store, prefix, await store.currentRevision());
    const revision = await store.create(`${prefix.slice(0, -1)}x/other`, bytes('1'));
    await until(() => (watched.progress.at(-1) ?? 0) >= revision);
    expect(watched.events).toEqual([]);
    watched.watch.cancel();
  });

  test('watch() from the newest revision reports that it stands there, without any write', async () => {
    const revision = await store.create(`${prefix}a`, bytes('1'));
    const watched = record(store, prefix, revision);
    await until(() => watched.progress.length > 0);
    expect(watched.progress[0]).toBe(revision);
    expect(watched.events).toEqual([]);
    watched.watch.cancel();
  });

  test('watch() from a revision to come stays silent until then', async () => {
    const current = await store.currentRevision();
    const [ahead, now] = [record(store, prefix, current + 2), record(store, prefix, current)];
    const revisions = [];
    for (const name of ['a', 'b', 'c', 'd']) revisions.push(await store.create(prefix + name, bytes(name)));
    await until(() => now.events.length === 4 && ahead.events.length >= 2);
    expect(ahead.events.map(({ revision }) => revision)).toEqual(revisions.slice(2));
    ahead.watch.cancel();
    now.watch.cancel();
  });

  test('cancel() of a watch is the end of its events', async () => {
    const [cancelled, control] = [record(store, prefix, 0), record(store, prefix, await store.currentRevision())];
    cancelled.watch.cancel();
    await store.create(`${prefix}a`, bytes('1'));
    await until(() => control.events.length === 1);
    expect([...cancelled.events, ...cancelled.ends]).toEqual([]);
    control.watch.cancel();
  });

  test('parallel creates get unique revisions, and watchers see them in order without a gap', async () => {
    const early = record(store, prefix, await store.currentRevision());
    const writing = createMany(400);
    const late = record(store, prefix, await store.currentRevision());
    const lateFrom = await store.currentRevision();
    const revisions = await writing;
    const sorted = [...revisions].sort((one, other) => one - other);
    expect(new Set(revisions).size).toBe(400);
    expect((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)).toBe(399);
    await until(() => early.events.length >= 400 && (late.progress.at(-1) ?? 0) >= (sorted.at(-1) ?? 0));
    expect(early.events.map(({ revision }) => revision)).toEqual(sorted);
    const lateRevisions = late.events.map(({ revision }) => revision);
    expect(lateRevisions).toEqual(sorted.slice(sorted.length - lateRevisions.length));
    expect(lateRevisions[0] ?? 0).toBeLessThanOrEqual(lateFrom + 1);
    early.watch.cancel();
    late.watch.cancel();
  });

  test('of many writers that expect the same revision exactly one wins, and all losers see a newer state', async () => {
    const first = await store.create(`${prefix}a`, bytes('0'));
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => store.update(`${prefix}a`, bytes(`w${index}`), first)),
    );
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(won).toHaveLength(1);
    for (const conflict of lost) expect(conflict.current?.revision).toBe(won[0]);
  });

  test('an answered write is in every read that starts after it', async () => {
    for (let round = 0; round < 50; round++) {
      const revision = await store.create(`${prefix}${round}`, bytes('x'));
      const [list, current] = await Promise.all([store.list(prefix), store.currentRevision()]);
      expect(list.items).toHaveLength(round + 1);
      expect(list.revision).toBeGreaterThanOrEqual(revision);
      expect(current).toBeGreaterThanOrEqual(revision);
    }
  });

  test('compact() forgets history: older lists and watches end in CompactedError, present values stay', async () => {
    const one = await store.create(`${prefix}a`, bytes('1'));
    const two = await store.update(`${prefix}a`, bytes('2'), one);
    const three = await store.update(`${prefix}a`, bytes('3'), two);
    await store.create(`${prefix}b`, bytes('b'));
    const live = record(store, prefix, await store.currentRevision());
    await store.compact(three);
    await store.compact(two);
    await expect(store.list(prefix, { revision: two })).rejects.toThrow(CompactedError);
    await expect(store.list(prefix, { revision: two })).rejects.toMatchObject({ oldestRevision: three });
    expect(names((await store.list(prefix, { revision: three })).items)).toEqual(['a']);
    expect((await store.list(prefix)).items.map(({ value }) => String(value))).toEqual(['3', 'b']);
    const old = record(store, prefix, one);
    await until(() => old.ends.length > 0);
    expect(old.ends[0]).toBeInstanceOf(CompactedError);
    expect(old.events).toEqual([]);
    const kept = record(store, prefix, three);
    await until(() => kept.events.length === 1);
    await store.delete(`${prefix}a`, three);
    await until(() => kept.events.length === 2 && live.events.length === 1);
    expect(kept.events[1]?.previous).toEqual(bytes('3'));
    kept.watch.cancel();
    live.watch.cancel();
  });

  test('compact() of a revision to come is refused', async () => {
    await expect(store.compact((await store.currentRevision()) + 1000)).rejects.toThrow(FutureRevisionError);
  });

  test('sizeBytes() is what lies on disk', async () => {
    await store.create(`${prefix}a`, Buffer.alloc(100_000));
    expect(await store.sizeBytes()).toBeGreaterThan(100_000);
  });

  test('everything answered is there after a restart: values, revisions and history', async () => {
    const [one, other] = [await store.create(`${prefix}a`, bytes('1')), await store.create(`${prefix}b`, bytes('b'))];
    const two = await store.update(`${prefix}a`, bytes('2'), one);
    const watched = record(store, prefix, two);
    store = await subject.restart();
    expect(await store.currentRevision()).toBe(two);
    expect(await store.get(`${prefix}a`)).toEqual({ key: `${prefix}a`, value: bytes('2'), revision: two });
    expect((await store.list(prefix, { revision: other })).items.map(({ value }) => String(value))).toEqual(['1', 'b']);
    const again = record(store, prefix, other);
    const three = await store.delete(`${prefix}a`, two);
    expect(three).toBe(two + 1);
    await until(() => again.events.length === 2);
    expect(again.events.map(({ type, revision }) => [type, revision])).toEqual([
      ['put', two],
      ['delete', three],
    ]);
    // The watch either came through the restart or was told that it has ended; it never just misses something.
    await until(() => watched.events.length + watched.ends.length > 0);
    again.watch.cancel();
    watched.watch.cancel();
  }, 30_000);

  test('close() ends watches with an error and refuses further work', async () => {
    const own = await open();
    const watched = record(own.store, prefix, await own.store.currentRevision());
    await until(() => true);
    await own.store.close();
    await until(() => watched.ends.length === 1);
    await expect(own.store.get('/a')).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(own.store.create('/a', bytes('1'))).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await own.remove();
  }, 30_000);
});
