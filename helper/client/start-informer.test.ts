import fc from 'fast-check';
import { type ConfigMap, configMapResource } from '../api/core/config-map';
import { objectKey } from '../api/meta';
import { StatusError } from '../api/status-error';
import { until } from '../process/until';
import { FakeClient } from './fake-client';
import type { Informer } from './informer';
import { createClient } from './rest-client';
import { startInformer } from './start-informer';
import { StubServer, sendJson } from './stub-server';

const FAST = { retryMs: { firstMs: 1, longestMs: 4 } };
const map = (name: string, value: string, owner?: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace: 'default',
    ...(owner ? { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: owner, controller: true }] } : {}),
  },
  data: { value },
});
const texts = (objects: readonly ConfigMap[]) =>
  objects.map((object) => `${objectKey(object)}@${object.metadata.resourceVersion}`).sort();

/** What a handler believes exists, from changes alone. */
function listenTo(informer: Informer<ConfigMap>): Map<string, ConfigMap> {
  const believed = new Map<string, ConfigMap>();
  informer.addHandler({
    onChange(before, after) {
      if (before) expect(believed.get(objectKey(before))).toEqual(before);
      if (after) believed.set(objectKey(after), after);
      else if (before) believed.delete(objectKey(before));
    },
  });
  return believed;
}

describe('startInformer()', () => {
  let client: FakeClient;
  let informer: Informer<ConfigMap>;
  beforeEach(() => {
    client = new FakeClient();
  });
  afterEach(() => informer.stop());

  test('fills the copy from a list and follows by watch', async () => {
    client.seed(configMapResource, map('a', '1', 'owner-1'), map('b', '1'));
    informer = startInformer(client, configMapResource, {}, undefined, FAST);
    const believed = listenTo(informer);
    expect(informer.hasSynced).toBe(false);
    await informer.whenSynced();
    expect(believed.size).toBe(2);
    expect(texts(informer.ownedBy('owner-1'))).toEqual(['default/a@1']);
    await client.delete(configMapResource, 'default', 'a');
    await client.create(configMapResource, map('c', '1'));
    await until(() => informer.resourceVersion === client.revision);
    expect(texts(informer.list())).toEqual(['default/b@2', 'default/c@4']);
    expect(informer.ownedBy('owner-1')).toEqual([]);
    expect(informer.list('other')).toEqual([]);
    expect(informer.get('default', 'c')?.data).toEqual({ value: '1' });
  });

  test('tells of deletions it missed when it lists again after 410', async () => {
    client.seed(configMapResource, map('a', '1'), map('b', '1'));
    client.failNext('watch', new StatusError('Expired', 'too old'));
    informer = startInformer(client, configMapResource, {}, undefined, FAST);
    const believed = listenTo(informer);
    await informer.whenSynced();
    await client.delete(configMapResource, 'default', 'a');
    client.compact();
    await until(() => informer.resourceVersion === client.revision);
    expect([...believed.keys()]).toEqual(['default/b']);
  });

  test('a handler that throws costs the others nothing; a late one hears of what is there', async () => {
    client.seed(configMapResource, map('a', '1'));
    informer = startInformer(client, configMapResource, {}, undefined, FAST);
    informer.addHandler({
      onChange() {
        throw new Error('broken');
      },
    });
    const early = listenTo(informer);
    await informer.whenSynced();
    const late = listenTo(informer);
    expect([...early.keys()]).toEqual(['default/a']);
    expect([...late.keys()]).toEqual(['default/a']);
  });

  test('any sequence of writes and faults ends in the exact state, for the copy and for handlers', async () => {
    const fault = fc.constantFrom('cut', 'expire', 'refuse list', 'refuse watch');
    const write = fc.record({ name: fc.constantFrom('a', 'b', 'c'), verb: fc.constantFrom('put', 'delete') });
    const steps = fc.array(fc.oneof(fault, write, fc.constant('pause')), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const fake = new FakeClient();
        const following = startInformer(fake, configMapResource, {}, undefined, FAST);
        const believed = listenTo(following);
        for (const step of sequence) await play(fake, step);
        await until(async () => texts(following.list()).join() === texts(fake.stored(configMapResource)).join());
        expect(texts([...believed.values()])).toEqual(texts(following.list()));
        following.stop();
      }),
      { numRuns: 60 },
    );
    informer = startInformer(client, configMapResource);
  }, 30_000);
});

async function play(fake: FakeClient, step: string | { name: string; verb: string }): Promise<void> {
  const away = new StatusError('ServiceUnavailable', 'away');
  if (typeof step === 'object') {
    if (step.verb === 'delete') await fake.delete(configMapResource, 'default', step.name).catch(() => {});
    else {
      await fake.create(configMapResource, map(step.name, '0')).catch(async () => {
        await fake.patch(configMapResource, 'default', step.name, 'merge', { data: { value: fake.revision } });
      });
    }
  } else if (step === 'expire') fake.compact();
  else if (step === 'refuse list') fake.failNext('list', away);
  else if (step === 'refuse watch') fake.failNext('watch', away);
  else if (step === 'cut') fake.cutWatches();
  else await new Promise((resolve) => setImmediate(resolve));
}

describe('startInformer() over HTTP', () => {
  test('survives a server that is cut off, restarted, and forgets its history', async () => {
    const truth = new FakeClient();
    truth.seed(configMapResource, map('a', '1'));
    const server = await new StubServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://stub');
      if (!url.searchParams.has('watch')) {
        void truth.list(configMapResource).then((list) => sendJson(response, 200, list));
        return;
      }
      const closed = new AbortController();
      response.on('close', () => closed.abort());
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      const resourceVersion = url.searchParams.get('resourceVersion') ?? '';
      void (async () => {
        try {
          for await (const event of truth.watch(configMapResource, { resourceVersion }, closed.signal)) {
            response.write(`${JSON.stringify(event)}\n`);
          }
        } catch (error) {
          const object = error instanceof StatusError ? error.toStatus() : {};
          response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
        }
      })();
    }).start();
    const client = createClient({ server: server.url });
    const informer = startInformer(client, configMapResource, {}, undefined, FAST);
    const believed = listenTo(informer);
    const agree = () => until(() => texts(informer.list()).join() === texts(truth.stored(configMapResource)).join());
    await informer.whenSynced();
    await truth.create(configMapResource, map('b', '1'));
    await agree();
    server.cut();
    await truth.create(configMapResource, map('c', '1'));
    await agree();
    await server.stop();
    await truth.delete(configMapResource, 'default', 'a');
    truth.compact();
    await server.start();
    await agree();
    expect([...believed.keys()].sort()).toEqual(['default/b', 'default/c']);
    informer.stop();
    client.close();
    await server.stop();
  });
});
