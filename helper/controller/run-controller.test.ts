import { type ConfigMap, configMapResource } from '../api/core/config-map';
import { eventResource } from '../api/core/event';
import { type Pod, podResource } from '../api/core/pod';
import { conflict, StatusError } from '../api/status-error';
import { FakeClient } from '../client/fake-client';
import { silentLogger } from '../process/log';
import { until } from '../process/until';
import { type ControllerSpec, EMPTY_PLAN, ownedWatch, type Plan } from './controller';
import { type RunningControllers, runControllers } from './run-controller';

const log = silentLogger();
const settings = (name: string, replicas: number): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', uid: `uid-${name}` },
  data: { replicas: String(replicas) },
});

function podOf(owner: ConfigMap): Pod {
  const { name, namespace = '', uid = '' } = owner.metadata;
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, controller: true }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: '', generateName: `${name}-`, namespace, ownerReferences },
    spec: { containers: [] },
  };
}

/** Keeps as many pods as the ConfigMap says: the smallest controller that double creation would betray. */
const replicator: ControllerSpec<ConfigMap> = {
  name: 'replicator',
  primary: configMapResource,
  watches: [ownedWatch(podResource, 'ConfigMap')],
  plan(primary, _key, view): Plan {
    if (!primary) return EMPTY_PLAN;
    const pods = view.cache(podResource).ownedBy(primary.metadata.uid ?? '');
    const missing = Number(primary.data?.['replicas']) - pods.length;
    const onSuccess = { type: 'Normal', reason: 'SuccessfulCreate', message: 'Created pod: {name}' } as const;
    const onFailure = { type: 'Warning', reason: 'FailedCreate', message: 'Error creating: {error}' } as const;
    const create = { verb: 'create', resource: podResource, object: podOf(primary), onSuccess, onFailure } as const;
    const surplus = pods.slice(0, Math.max(0, -missing));
    return {
      steps: [
        Array.from({ length: Math.max(0, missing) }, () => create),
        surplus.map((object) => ({ verb: 'delete', resource: podResource, object })),
      ],
    };
  },
};

/** The same client, whose watches of pods bring every event late. */
function lateWatches(client: FakeClient, milliseconds: number): FakeClient {
  const late = Object.create(client) as FakeClient;
  late.withCause = () => late;
  late.watch = async function* (resource, query, signal) {
    for await (const event of client.watch(resource, query, signal)) {
      if (resource.kind === 'Pod') await new Promise((resolve) => setTimeout(resolve, milliseconds));
      yield event;
    }
  };
  return late;
}

describe('runControllers()', () => {
  let client: FakeClient;
  let running: RunningControllers | undefined;
  const start = (...specs: ControllerSpec<ConfigMap>[]) => {
    running = runControllers(specs, { client, log });
    return running;
  };
  const podNames = async () => (await client.list(podResource)).items.map(({ metadata }) => metadata.name);
  const creates = () => client.calls.filter(({ verb, about }) => verb === 'create' && about.startsWith('pods'));

  beforeEach(() => {
    client = new FakeClient();
  });
  afterEach(async () => {
    await running?.stop();
  });

  test('creates exactly what is missing, however often the key wakes', async () => {
    client.seed(configMapResource, settings('web', 20));
    start(replicator);
    await until(async () => (await podNames()).length === 20);
    const [first] = (await client.list(podResource)).items;
    await client.delete(podResource, 'default', first?.metadata.name ?? '');
    await until(async () => (await podNames()).length === 20);
    expect(creates()).toHaveLength(21);
  });

  test('does not create twice when its own writes come back late and the key is woken meanwhile', async () => {
    const slow = lateWatches(client, 30);
    client.seed(configMapResource, settings('web', 3));
    running = runControllers([replicator], { client: slow, log });
    await until(async () => {
      // Each change of the owner wakes the key while the pods it created are still on their way.
      await client.patch(configMapResource, 'default', 'web', 'merge', { data: { touched: String(Math.random()) } });
      return client.stored(podResource).length === 3;
    });
    await client.patch(configMapResource, 'default', 'web', 'merge', { data: { replicas: '5' } });
    await until(() => client.stored(podResource).length >= 5);
    await running.stop();
    expect(client.stored(podResource)).toHaveLength(5);
  });

  test('deletes what is too much', async () => {
    const [owner] = client.seed(configMapResource, settings('web', 1));
    if (owner) client.seed(podResource, podOf(owner), podOf(owner), podOf(owner));
    start(replicator);
    await until(async () => (await podNames()).length === 1);
  });

  test('says which object state caused each write', async () => {
    const [owner] = client.seed(configMapResource, settings('web', 1));
    start(replicator);
    await until(() => creates().length === 1);
    expect(creates()[0]?.cause).toBe(`configmaps/default/web@${owner?.metadata.resourceVersion}`);
  });

  test('records the events of writes with the name of the created object', async () => {
    client.seed(configMapResource, settings('web', 1));
    start(replicator);
    await until(async () => (await client.list(eventResource)).items.length === 1);
    const [event] = (await client.list(eventResource)).items;
    const [pod] = await podNames();
    expect(event).toMatchObject({
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod}`,
      involvedObject: { kind: 'ConfigMap', name: 'web', uid: 'uid-web' },
      reportingComponent: 'replicator',
    });
  });

  test('starts creates slowly: a failing server gets one request a try, and is tried again', async () => {
    client.failNext('create', new StatusError('Forbidden', 'exceeded quota'), 1);
    client.seed(configMapResource, settings('web', 8));
    start(replicator);
    await until(() => creates().length > 0);
    expect(creates()).toHaveLength(1);
    await until(async () => (await podNames()).length === 8);
    await until(async () => (await client.list(eventResource)).items.some(({ reason }) => reason === 'FailedCreate'));
  });

  test('makes a plan anew after a conflict', async () => {
    client.seed(configMapResource, settings('web', 0));
    client.failNext('update', conflict(configMapResource, 'web', 'modified'));
    start({
      ...replicator,
      plan: (primary) =>
        primary && !primary.metadata.labels
          ? {
              steps: [
                [
                  {
                    verb: 'update',
                    resource: configMapResource,
                    object: { ...primary, metadata: { ...primary.metadata, labels: { seen: 'yes' } } },
                  },
                ],
              ],
            }
          : EMPTY_PLAN,
    });
    await until(
      async () => (await client.get(configMapResource, 'default', 'web')).metadata.labels?.['seen'] === 'yes',
    );
    expect(client.calls.filter(({ verb }) => verb === 'update')).toHaveLength(2);
  });

  test('tries again after the reconciler throws', async () => {
    client.seed(configMapResource, settings('web', 1));
    let tries = 0;
    start({
      ...replicator,
      plan(...args) {
        tries += 1;
        if (tries < 4) throw new Error('not yet');
        return replicator.plan(...args);
      },
    });
    await until(async () => (await podNames()).length === 1);
    expect(tries).toBeGreaterThanOrEqual(4);
  });

  test('does not write a status that is already there', async () => {
    const web = { ...settings('web', 0), status: { phase: 'Done' } };
    client.seed(configMapResource, web);
    let planned = 0;
    start({
      ...replicator,
      plan(primary) {
        planned += 1;
        return primary
          ? { steps: [[{ verb: 'updateStatus', resource: configMapResource, object: primary }]] }
          : EMPTY_PLAN;
      },
    });
    await until(() => planned > 0);
    await running?.stop();
    expect(client.calls.filter(({ verb }) => verb === 'updateStatus')).toEqual([]);
  });

  test('reconciles again after requeueAfterMs, and hears that the primary is gone', async () => {
    client.seed(configMapResource, settings('web', 0));
    const seen: boolean[] = [];
    start({
      ...replicator,
      plan(primary) {
        seen.push(primary !== undefined);
        return primary && seen.length < 3 ? { steps: [], requeueAfterMs: 1 } : EMPTY_PLAN;
      },
    });
    await until(() => seen.length === 3);
    await client.delete(configMapResource, 'default', 'web');
    await until(() => seen.length === 4);
    expect(seen).toEqual([true, true, true, false]);
  });

  test('two controllers of a process share the informer of a resource', async () => {
    const other = { ...replicator, name: 'other', plan: () => EMPTY_PLAN };
    const both = start(replicator, other);
    expect(both.readyCheck()).toContain('configmaps');
    await both.whenSynced();
    expect(both.readyCheck()).toBeUndefined();
    expect(client.calls.filter(({ verb }) => verb === 'list')).toHaveLength(2);
  });

  test('a view refuses kinds the controller does not watch', async () => {
    client.seed(configMapResource, settings('web', 0));
    let message = '';
    start({
      ...replicator,
      plan(_primary, _key, view) {
        try {
          view.cache(eventResource);
        } catch (error) {
          message = String(error);
        }
        return EMPTY_PLAN;
      },
    });
    await until(() => message !== '');
    expect(message).toContain('replicator reads events but does not watch it');
  });

  test('writes what a plan names for its failure, and tries again', async () => {
    const [seeded] = client.seed(configMapResource, settings('web', 1));
    client.failNext('create', new StatusError('Forbidden', 'exceeded quota'));
    const telling: ControllerSpec<ConfigMap> = {
      ...replicator,
      async plan(primary, key, view, now) {
        const plan = await replicator.plan(primary, key, view, now);
        const onFailure = (failure: string) => [
          {
            verb: 'patch' as const,
            resource: configMapResource,
            namespace: 'default',
            name: 'web',
            body: { data: { failure } },
          },
        ];
        return { ...plan, onFailure };
      },
    };
    start(telling);
    await until(() => client.stored(configMapResource)[0]?.data?.['failure'] === 'exceeded quota');
    await until(async () => (await podNames()).length === 1);
    expect(seeded?.data?.['failure']).toBeUndefined();
  });
});
