import { type Event, eventResource } from '../../helper/api/core/event';
import { namespaceResource } from '../../helper/api/core/namespace';
import { type Node, nodeResource } from '../../helper/api/core/node';
import { persistentVolumeResource } from '../../helper/api/core/persistent-volume';
import { persistentVolumeClaimResource } from '../../helper/api/core/persistent-volume-claim';
import { type Pod, podResource } from '../../helper/api/core/pod';
import { StatusError } from '../../helper/api/status-error';
import { storageClassResource } from '../../helper/api/storage/storage-class';
import { FakeClient } from '../../helper/client/fake-client';
import { startInformer } from '../../helper/client/start-informer';
import { createEventRecorder } from '../../helper/controller/event-recorder';
import { silentLogger } from '../../helper/process/log';
import { until } from '../../helper/process/until';
import { SCHEDULER_NAME, Scheduler } from './scheduler';

const log = silentLogger();
const HOST = 'kubernetes.io/hostname';

function node(name: string, cpu = '2'): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { [HOST]: name } },
    spec: {},
    status: { allocatable: { cpu, memory: '4Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function pod(name: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, labels: { app: name } },
    spec: { containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu: '1' } } }], ...spec },
  };
}

describe('Scheduler', () => {
  let client: FakeClient;
  let running: { stop(): void }[];

  beforeEach(() => {
    client = new FakeClient();
    running = [];
  });
  afterEach(() => {
    for (const part of running) part.stop();
  });

  /** One scheduler process; resolves when it decides. */
  async function startScheduler(): Promise<void> {
    const nodes = startInformer(client, nodeResource, {}, log);
    const pods = startInformer(client, podResource, {}, log);
    const namespaces = startInformer(client, namespaceResource, {}, log);
    const recorder = createEventRecorder(client, { component: SCHEDULER_NAME });
    const storage = {
      claims: startInformer(client, persistentVolumeClaimResource, {}, log),
      volumes: startInformer(client, persistentVolumeResource, {}, log),
      classes: startInformer(client, storageClassResource, {}, log),
    };
    const deps = { client, pods, nodes, namespaces, storage, recorder, log, now: Date.now, random: () => 0.5 };
    const scheduler = new Scheduler(deps);
    running.push(scheduler, nodes, pods, namespaces, ...Object.values(storage), { stop: () => void recorder.stop() });
    await Promise.all([nodes, pods, namespaces, ...Object.values(storage)].map((each) => each.whenSynced()));
    scheduler.start();
  }

  const nodeOf = (name: string) =>
    client.stored(podResource).find((stored) => stored.metadata.name === name)?.spec?.nodeName;
  const isOn = (name: string, expected: string) => until(() => nodeOf(name) === expected);
  const messages = (reason: string) =>
    client
      .stored<Event>(eventResource)
      .filter((event) => event.reason === reason)
      .map(({ message }) => message);
  const bindings = () => client.calls.filter(({ about }) => about.endsWith('/binding'));

  test('binds a pending pod, and says so', async () => {
    client.seed(nodeResource, node('a'));
    client.seed(podResource, pod('p'));
    await startScheduler();
    await isOn('p', 'a');
    await until(() => messages('Scheduled').length > 0);
    expect(messages('Scheduled')).toEqual(['Successfully assigned default/p to a']);
    expect(bindings()).toHaveLength(1);
  });

  test('leaves pods of other schedulers and gated pods alone', async () => {
    client.seed(nodeResource, node('a'));
    client.seed(
      podResource,
      pod('other', { schedulerName: 'mine' }),
      pod('gated', { schedulingGates: [{ name: 'g' }] }),
    );
    client.seed(podResource, pod('z'));
    await startScheduler();
    await isOn('z', 'a');
    expect([nodeOf('other'), nodeOf('gated')]).toEqual([undefined, undefined]);
  });

  test('tells why a pod fits nowhere, in condition and event, and binds it when a node comes', async () => {
    client.seed(nodeResource, node('small', '500m'));
    client.seed(podResource, pod('p'));
    await startScheduler();
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    await until(() => messages('FailedScheduling').length > 0);
    expect(messages('FailedScheduling')).toEqual([message]);
    const conditionOf = () => client.stored(podResource)[0]?.status?.conditions?.[0];
    await until(() => conditionOf() !== undefined);
    expect(conditionOf()).toMatchObject({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
    await client.create(nodeResource, node('big'));
    await isOn('p', 'big');
  });

  test('binds a refused pod when another one makes room', async () => {
    client.seed(nodeResource, node('a', '1'));
    client.seed(podResource, pod('first', { nodeName: 'a' }), pod('second'));
    await startScheduler();
    await until(() => messages('FailedScheduling').length > 0);
    await client.delete(podResource, 'default', 'first', { gracePeriodSeconds: 0 });
    await isOn('second', 'a');
  });

  test('binds a pod that must be near another when that one comes', async () => {
    client.seed(nodeResource, node('a'), node('b'));
    const term = { topologyKey: HOST, labelSelector: { matchLabels: { app: 'db' } } };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    client.seed(podResource, pod('web', { affinity }));
    await startScheduler();
    await until(() => messages('FailedScheduling').length > 0);
    expect(messages('FailedScheduling')).toEqual([
      "0/2 nodes are available: 2 node(s) didn't match pod affinity rules.",
    ]);
    await client.create(podResource, pod('db', { nodeName: 'b' }));
    await isOn('web', 'b');
  });

  test('tries again when the binding fails, and gives the room back meanwhile', async () => {
    client.seed(nodeResource, node('a', '1'));
    client.seed(podResource, pod('p'));
    client.failNext('create', new StatusError('ServiceUnavailable', 'the server is going down'));
    await startScheduler();
    await isOn('p', 'a');
    expect(bindings()).toHaveLength(2);
  });

  test('two schedulers at once: one binding wins, the conflict harms nobody', async () => {
    client.seed(nodeResource, node('a', '8'), node('b', '8'));
    const names = Array.from({ length: 10 }, (_, index) => `p${index}`);
    client.seed(podResource, ...names.map((name) => pod(name)));
    await Promise.all([startScheduler(), startScheduler()]);
    await until(() => names.every((name) => nodeOf(name) !== undefined));
    const places = names.map(nodeOf);
    await client.create(podResource, pod('late'));
    await until(() => nodeOf('late') !== undefined);
    expect(names.map(nodeOf)).toEqual(places);
    await until(() => messages('Scheduled').length === names.length + 1);
  });
});
