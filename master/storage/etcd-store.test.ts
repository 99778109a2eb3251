/**
 * What only the etcd store has to promise: several api-servers over one etcd, and connections that come and go.
 */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { openEtcdStore } from './etcd-store';
import { hasEtcd, startTestEtcd, type TestEtcd } from './start-test-etcd';
import { CompactedError, type Store, type StoreEvent, StoreUnavailable } from './store';

const describeWithEtcd = hasEtcd() ? describe : describe.skip;
const bytes = (text: string) => Buffer.from(text);

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); ) {
    if (Date.now() > end) throw new Error(`not within 10 s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A cable to etcd that can be pulled. */
class Cable {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  constructor(private readonly target: URL) {}

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  plug(): Promise<void> {
    this.server = createServer((near) => {
      const far = dial(Number(this.target.port), this.target.hostname);
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => this.sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    return new Promise((resolve) => {
      this.server?.listen(this.port, '127.0.0.1', () => {
        const address = this.server?.address();
        if (typeof address === 'object' && address) this.port = address.port;
        resolve();
      });
    });
  }

  pull(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server?.close(() => resolve()));
  }
}

function record(store: Store, after: number) {
  const [events, ends]: [StoreEvent[], Error[]] = [[], []];
  store.watch('/a/', after, {
    onEvent: (event) => events.push(event),
    onProgress: () => {},
    onEnd: (error) => ends.push(error),
  });
  return { events, ends };
}

test('openEtcdStore() says in time that nothing answers', async () => {
  await expect(openEtcdStore({ endpoints: ['http://127.0.0.1:1'] })).rejects.toThrow(StoreUnavailable);
}, 10_000);

describeWithEtcd('etcd store', () => {
  let etcd: TestEtcd;
  let cable: Cable;
  let store: Store;
  let other: Store;

  beforeEach(async () => {
    etcd = await startTestEtcd();
    cable = new Cable(new URL(etcd.endpoint));
    await cable.plug();
    store = await openEtcdStore({ endpoints: [cable.endpoint] });
    other = await openEtcdStore({ endpoints: ['http://127.0.0.1:1', etcd.endpoint] });
  }, 30_000);
  afterEach(async () => {
    await store.close();
    await other.close();
    await cable.pull();
    await etcd.remove();
  });

  test('two stores over one etcd see each other, the second behind an endpoint that is dead', async () => {
    const watched = record(store, await store.currentRevision());
    const one = await other.create('/a/1', bytes('1'));
    expect((await store.get('/a/1'))?.revision).toBe(one);
    const two = await store.update('/a/1', bytes('2'), one);
    await expect(other.delete('/a/1', one)).rejects.toMatchObject({ current: { revision: two } });
    await until(() => watched.events.length === 2);
  });

  test('while the connection is lost calls fail with StoreUnavailable; then the watch goes on without a gap', async () => {
    const watched = record(store, await store.currentRevision());
    const revisions = [await store.create('/a/1', bytes('1'))];
    await until(() => watched.events.length === 1);
    await cable.pull();
    await expect(store.create('/a/x', bytes('x'))).rejects.toThrow(StoreUnavailable);
    await expect(store.get('/a/1')).rejects.toThrow(StoreUnavailable);
    revisions.push(await other.create('/a/2', bytes('2')), await other.create('/a/3', bytes('3')));
    await cable.plug();
    await until(() => watched.events.length === 3);
    expect(watched.events.map(({ revision }) => revision)).toEqual(revisions);
    expect(watched.ends).toEqual([]);
    expect(await store.get('/a/x')).toBeUndefined();
  }, 20_000);

  test('a watch that was away for longer than history is kept ends in CompactedError, and new watches work', async () => {
    const watched = record(store, await store.currentRevision());
    const one = await store.create('/a/1', bytes('1'));
    await until(() => watched.events.length === 1);
    await cable.pull();
    const two = await other.update('/a/1', bytes('2'), one);
    const three = await other.update('/a/1', bytes('3'), two);
    await other.compact(three);
    await cable.plug();
    await until(() => watched.ends.length === 1);
    expect(watched.ends[0]).toBeInstanceOf(CompactedError);
    const again = record(store, three);
    const four = await other.delete('/a/1', three);
    await until(() => again.events.length === 1);
    expect(again.events[0]).toMatchObject({ type: 'delete', revision: four, value: bytes('3') });
  }, 20_000);
});
