/**
 * List and watch from any point reconstruct the exact state: the promise every controller and every `kubectl get -w` stands on.
 *
 * Writers change objects at random, side by side, while observers with all kinds of selections begin to watch, stop and resume where
 * they stopped, and the store forgets its past now and then. In the end each observer's picture is the list, and what it saw on its way
 * is, revision by revision, what a list at that revision shows.
 */
import * as fc from 'fast-check';
import type { KubeList, KubeObject } from '../../helper/api/meta';
import { until } from '../../helper/process/until';
import { openEtcdStore } from '../../master/storage/etcd-store';
import { hasEtcd, startTestEtcd } from '../../master/storage/start-test-etcd';
import { configMap, MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { openWatch, type WatchClient } from './watch-client';

const NAMES = ['a', 'b', 'c', 'd'];
const NAMESPACES = ['one', 'two'];

/** What an observer is about: path (of a namespace or of all) and selectors. */
interface Scope {
  readonly namespace: string;
  readonly query: string;
}

const scope: fc.Arbitrary<Scope> = fc.record({
  namespace: fc.constantFrom('', ...NAMESPACES),
  query: fc.constantFrom(
    '',
    'labelSelector=color%3Dred',
    'labelSelector=color%21%3Dred',
    'labelSelector=%21color',
    'fieldSelector=metadata.name%3Da',
    'fieldSelector=metadata.name%21%3Da',
    'fieldSelector=metadata.namespace%3Done&labelSelector=color',
  ),
});

type Step =
  | { readonly do: 'write'; readonly namespace: string; readonly name: string; readonly color: string | null }
  | { readonly do: 'delete'; readonly namespace: string; readonly name: string }
  | { readonly do: 'observe'; readonly scope: Scope; readonly from: 'list' | 'nothing' | 'zero' | 'initial events' }
  | { readonly do: 'interrupt'; readonly observer: number }
  | { readonly do: 'compact' };

const place = { namespace: fc.constantFrom(...NAMESPACES), name: fc.constantFrom(...NAMES) };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      ...place,
      color: fc.constantFrom('red', 'blue', null),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), ...place }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('observe' as const),
      scope,
      from: fc.constantFrom('list' as const, 'nothing' as const, 'zero' as const, 'initial events' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('interrupt' as const), observer: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'compact' as const }) },
);

const pathOf = ({ namespace }: Scope) =>
  namespace ? `/api/v1/namespaces/${namespace}/configmaps` : '/api/v1/configmaps';
const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`;
const versionOf = ({ metadata }: KubeObject) => Number(metadata.resourceVersion);

type Picture = ReadonlyMap<string, KubeObject>;

/** One informer: a picture kept up to date by events, and all its earlier states. */
class Observer {
  readonly history: { revision: number; picture: Picture }[] = [];
  private picture = new Map<string, KubeObject>();
  private revision = 0;
  /** false while initial events may be missing: then there is no point to go on from */
  private isComplete = false;
  private watch: WatchClient | undefined;
  private applied = 0;

  constructor(
    private readonly server: TestServer,
    readonly scope: Scope,
  ) {}

  get isWatching(): boolean {
    return this.watch !== undefined;
  }

  async begin(from: 'list' | 'nothing' | 'zero' | 'initial events'): Promise<void> {
    this.picture = new Map();
    this.revision = 0;
    this.isComplete = from === 'list';
    if (from === 'list') {
      const { items, metadata } = (
        await this.server.send('GET', `${pathOf(this.scope)}?${this.scope.query}`)
      ).json<KubeList>();
      for (const object of items) this.picture.set(keyOf(object), object);
      this.reached(Number(metadata.resourceVersion));
      await this.resume();
    } else if (from === 'initial events') {
      await this.open('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    } else await this.open(from === 'zero' ? 'resourceVersion=0' : '');
  }

  resume(): Promise<void> {
    return this.isComplete ? this.open(`resourceVersion=${this.revision}`) : this.begin('list');
  }

  interrupt(): void {
    this.take();
    this.watch?.close();
    this.watch = undefined;
  }

  /** Takes in what has come; true when the picture is that of `newest`. */
  async catchUp(newest: Picture): Promise<boolean> {
    if (this.take() === 'expired') await this.begin('list');
    const versions = (picture: Picture) => [...picture].map(([key, object]) => `${key} ${versionOf(object)}`).sort();
    const isCaughtUp = JSON.stringify(versions(this.picture)) === JSON.stringify(versions(newest));
    this.isComplete ||= isCaughtUp;
    return isCaughtUp;
  }

  private async open(query: string): Promise<void> {
    this.watch?.close();
    const path = `${pathOf(this.scope)}?watch=1&${this.scope.query}&${query}`;
    this.watch = await openWatch(this.server, path);
    this.applied = 0;
  }

  private take(): 'expired' | undefined {
    const events = this.watch?.events ?? [];
    for (; this.applied < events.length; this.applied++) {
      const { type, object } = events[this.applied] as { type: string; object: unknown };
      if (type === 'ERROR') {
        expect(object).toMatchObject({ code: 410 });
        return 'expired';
      }
      this.apply(type, object as KubeObject);
    }
    return undefined;
  }

  private apply(type: string, object: KubeObject): void {
    const key = keyOf(object);
    const known = this.picture.get(key);
    if (type === 'BOOKMARK') {
      expect(versionOf(object)).toBeGreaterThanOrEqual(this.revision);
      this.isComplete ||= object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
    } else {
      // An event that does not fit the picture would have been lost or doubled on the way.
      expect([type, key, known !== undefined]).toEqual([type, key, type !== 'ADDED']);
      if (known) expect(versionOf(object)).toBeGreaterThan(versionOf(known));
      if (type === 'DELETED') this.picture.delete(key);
      else this.picture.set(key, object);
    }
    // Initial events come in the order of names, not of revisions.
    this.reached(Math.max(this.revision, versionOf(object)));
  }

  private reached(revision: number): void {
    this.revision = revision;
    if (this.isComplete) this.history.push({ revision, picture: new Map(this.picture) });
  }
}

/** Does the steps, writers and observers side by side in small groups. */
async function perform(server: TestServer, steps: readonly Step[], width: number): Promise<Observer[]> {
  const observers: Observer[] = [];
  let count = 0;
  const run = async (action: Step): Promise<void> => {
    switch (action.do) {
      case 'write': {
        const path = `/api/v1/namespaces/${action.namespace}/configmaps`;
        const change = { metadata: { labels: { color: action.color } }, data: { count: String(count++) } };
        const { code } = await server.send('PATCH', `${path}/${action.name}`, change, MERGE);
        if (code === 404)
          await server.send('POST', path, configMap(action.name, change.data, { color: action.color ?? 'red' }));
        return;
      }
      case 'delete':
        await server.send('DELETE', `/api/v1/namespaces/${action.namespace}/configmaps/${action.name}`);
        return;
      case 'observe': {
        const observer = new Observer(server, action.scope);
        observers.push(observer);
        return observer.begin(action.from);
      }
      case 'interrupt': {
        const observer = observers[action.observer % Math.max(1, observers.length)];
        observer?.interrupt();
        return;
      }
      case 'compact':
        await server.store.compact(await server.store.currentRevision());
    }
  };
  for (let at = 0; at < steps.length; at += width) await Promise.all(steps.slice(at, at + width).map(run));
  return observers;
}

async function listOf(server: TestServer, { namespace, query }: Scope, revision = ''): Promise<Picture | undefined> {
  const answer = await server.send('GET', `${pathOf({ namespace, query })}?${query}${revision}`);
  if (answer.code === 410) return undefined;
  expect(answer.code).toBe(200);
  return new Map(answer.json<KubeList>().items.map((object) => [keyOf(object), object]));
}

async function check(server: TestServer, observer: Observer): Promise<void> {
  const newest = (await listOf(server, observer.scope)) ?? new Map();
  if (!observer.isWatching) await observer.resume();
  await until(() => observer.catchUp(newest));
  observer.interrupt();
  const byRevision = new Map(observer.history.map(({ revision, picture }) => [revision, picture]));
  for (const [revision, picture] of [...byRevision].slice(-3)) {
    const then = await listOf(server, observer.scope, `&resourceVersion=${revision}&resourceVersionMatch=Exact`);
    if (then) expect([...picture].sort()).toEqual([...then].sort());
  }
}

async function embedded(): Promise<{ server: TestServer; stop: () => Promise<void> }> {
  const server = await startTestServer();
  return { server, stop: () => server.stop() };
}

async function overEtcd(): Promise<{ server: TestServer; stop: () => Promise<void> }> {
  const etcd = await startTestEtcd();
  const server = await startTestServer({}, await openEtcdStore({ endpoints: [etcd.endpoint] }));
  const stop = async () => {
    await server.stop();
    await etcd.remove();
  };
  return { server, stop };
}

describe.each([
  { store: 'the embedded store', start: embedded, runs: 12 },
  ...(hasEtcd() ? [{ store: 'etcd', start: overEtcd, runs: 12 }] : []),
])('list and watch over $store', ({ start, runs }) => {
  let server: TestServer;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    ({ server, stop } = await start());
    for (const name of NAMESPACES) await server.send('POST', '/api/v1/namespaces', { metadata: { name } });
  }, 30_000);
  afterAll(() => stop());

  test('reconstruct the state from any point', async () => {
    const steps = fc.array(step, { minLength: 10, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 6 }), async (actions, width) => {
        const observers = await perform(server, actions, width);
        for (const observer of observers) await check(server, observer);
      }),
      { numRuns: runs },
    );
  }, 120_000);
});
