import { configMapResource } from '../../../helper/api/core/config-map';
import { podResource } from '../../../helper/api/core/pod';
import type { Resource } from '../../../helper/api/resource';
import { StatusError } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import type { Discovery } from '../../../helper/client/discovery';
import { FakeClient } from '../../../helper/client/fake-client';
import { deleteContent } from './delete-content';
import { nextLookMs } from './namespace-deletion';
import { shareDiscovery } from './shared-discovery';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list'];
const served = (verbs = VERBS): Discovery => ({
  resources: [configMapResource, podResource].map((resource: Resource) => ({ ...resource, verbs })),
  failures: [],
});
const settings = (name: string, namespace = 'shop', finalizers: string[] = []) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, finalizers },
});
const runningPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'shop' },
  spec: { containers: [], nodeName: 'n' },
};
const called = (client: FakeClient) => client.calls.map(({ verb, about }) => `${verb} ${about}`);

describe('deleteContent()', () => {
  test.each([
    ['at once', VERBS],
    ['one by one', ['delete', 'list']],
  ])('deletes what is in the namespace, and nothing beside it, %s', async (_title, verbs) => {
    const client = new FakeClient();
    client.seed(configMapResource, settings('a'), settings('b'), settings('a', 'other'));
    const report = await deleteContent(client, 'shop', served(verbs));
    expect(client.stored(configMapResource).map(({ metadata }) => metadata.namespace)).toEqual(['other']);
    expect(report).toEqual({
      discoveryFailures: [],
      deletionFailures: [],
      remaining: new Map(),
      finalizers: new Map(),
    });
  });

  test('leaves pods their grace and asks for each deletion once', async () => {
    const client = new FakeClient();
    client.seed(podResource, runningPod);
    expect((await deleteContent(client, 'shop', served())).remaining).toEqual(new Map([['pods.', 1]]));
    expect(client.stored(podResource)[0]?.metadata.deletionGracePeriodSeconds).toBe(30);
    await deleteContent(client, 'shop', served());
    expect(called(client).filter((call) => call === 'delete pods shop/p')).toHaveLength(1);
  });

  test('counts the finalizers that hold objects', async () => {
    const client = new FakeClient();
    client.seed(
      configMapResource,
      settings('a', 'shop', ['x.io/hold']),
      settings('b', 'shop', ['x.io/hold', 'y.io/hold']),
    );
    const { finalizers, deletionFailures } = await deleteContent(client, 'shop', served());
    expect(Object.fromEntries(finalizers)).toEqual({ 'x.io/hold': 2, 'y.io/hold': 1 });
    expect(deletionFailures).toEqual([]);
  });

  test('a kind that fails is told of and does not stop the others', async () => {
    const client = new FakeClient();
    client.seed(podResource, { ...runningPod, spec: { containers: [], nodeName: '' } });
    client.failNext('list', new StatusError('Forbidden', 'not yours'));
    const { deletionFailures } = await deleteContent(client, 'shop', served());
    expect(deletionFailures).toEqual(['not yours']);
    expect(client.stored(podResource)).toEqual([]);
  });

  test('asks nothing of kinds that cannot be listed and deleted', async () => {
    const client = new FakeClient();
    await deleteContent(client, 'shop', served(['create']));
    expect(client.calls).toEqual([]);
  });
});

describe('shareDiscovery()', () => {
  const clientWith = (raw: (path: string) => unknown) => {
    const asked: string[] = [];
    const ask = async (_method: string, path: string) => {
      asked.push(path);
      return raw(path);
    };
    const client: ApiClient = Object.assign(new FakeClient(), { raw: ask });
    return { client, asked };
  };

  test('asks once for callers at the same time, and again a second later', async () => {
    const { client, asked } = clientWith((path) => (path === '/apis' ? { groups: [] } : { resources: [] }));
    let now = 0;
    const discover = shareDiscovery(client, () => now);
    await Promise.all([discover(), discover()]);
    expect(asked).toEqual(['/apis', '/api/v1']);
    now = 1_000;
    await discover();
    expect(asked).toHaveLength(4);
  });

  test('keeps no answer that is incomplete, and passes a failure on', async () => {
    let isAway = false;
    const { client, asked } = clientWith((path) => {
      if (isAway || path === '/api/v1') throw new StatusError('ServiceUnavailable', 'away');
      return { groups: [] };
    });
    const discover = shareDiscovery(client, () => 0);
    expect((await discover()).failures).toEqual([{ groupVersion: 'v1', message: 'away' }]);
    await discover();
    expect(asked).toHaveLength(4);
    isAway = true;
    await expect(discover()).rejects.toThrow('away');
  });
});

describe('nextLookMs()', () => {
  test.each([
    [0, 50],
    [1, 100],
    [3, 400],
    [4, 500],
    [1000, 500],
  ])('after %d looks is %d ms', (looks, expected) => {
    expect(nextLookMs(looks)).toBe(expected);
  });
});
