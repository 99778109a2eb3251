/**
 * Deployment and ReplicaSet controllers over a real api-server; a loop in this file plays scheduler and kubelet.
 */
import { type Deployment, deploymentResource } from '../../helper/api/apps/deployment';
import { type ReplicaSet, replicaSetResource } from '../../helper/api/apps/replica-set';
import { eventResource } from '../../helper/api/core/event';
import { namespaceResource } from '../../helper/api/core/namespace';
import { type Pod, podResource } from '../../helper/api/core/pod';
import {
  type ReplicationController,
  replicationControllerResource,
} from '../../helper/api/core/replication-controller';
import { serviceAccountResource } from '../../helper/api/core/service-account';
import type { Informer } from '../../helper/client/informer';
import { createClient, type RestClient } from '../../helper/client/rest-client';
import { startInformer } from '../../helper/client/start-informer';
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component as deploymentController } from '../../master/controllers/deployment/main';
import { component as garbageCollector } from '../../master/controllers/garbage-collector/main';
import { component as replicaSetController } from '../../master/controllers/replicaset/main';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

const REVISION = 'deployment.kubernetes.io/revision';
let server: TestServer;
let client: RestClient;
let kubelet: Informer<Pod>;
const running: RunningComponent[] = [];

/** Every pod becomes ready at once, unless its image is `broken`; a deleted one ends at once. */
function playKubelet(): Informer<Pod> {
  const informer = startInformer(client, podResource);
  informer.addHandler({
    onChange(_before, pod) {
      if (pod) void settle(pod).catch(() => undefined);
    },
  });
  return informer;
}

async function settle(pod: Pod): Promise<void> {
  const { name, namespace = '', deletionTimestamp } = pod.metadata;
  if (deletionTimestamp) {
    await client.delete(podResource, namespace, name, { gracePeriodSeconds: 0 });
  } else if (
    pod.spec?.containers[0]?.image !== 'broken' &&
    !pod.status?.conditions?.some(({ type }) => type === 'Ready')
  ) {
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
    await client.updateStatus(podResource, {
      ...pod,
      status: { ...pod.status, phase: 'Running', conditions: [ready] },
    });
  }
}

beforeAll(async () => {
  server = await startTestServer();
  const config = { server: `https://127.0.0.1:${server.port}`, ca: server.ca.toString(), token: server.token };
  client = createClient(config, { userAgent: 'test' });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
  await client.create(namespaceResource, namespace).catch(() => undefined);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } };
  await client.create(serviceAccountResource, account).catch(() => undefined);
  for (const component of [deploymentController, replicaSetController, garbageCollector]) {
    running.push(await startBeside(server, component));
  }
  kubelet = playKubelet();
}, 30_000);

afterAll(async () => {
  kubelet?.stop();
  for (const component of running) await component.stop();
  client?.close();
  await server?.stop();
});

const deploymentOf = (name: string, replicas: number, image: string): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image }] } },
  },
});
const get = (name: string) => client.get(deploymentResource, 'default', name);
const patch = (name: string, body: object) => client.patch(deploymentResource, 'default', name, 'strategic', body);
const setImage = (name: string, image: string) =>
  patch(name, { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } });
const setsOf = async (name: string): Promise<ReplicaSet[]> =>
  (await client.list(replicaSetResource, { namespace: 'default', labelSelector: `app=${name}` })).items;
const podsOf = async (name: string): Promise<Pod[]> =>
  (await client.list(podResource, { namespace: 'default', labelSelector: `app=${name}` })).items;
const imagesOf = async (name: string) => (await podsOf(name)).map(({ spec }) => spec?.containers[0]?.image);

async function isRolledOut(name: string): Promise<boolean> {
  const { metadata, spec, status } = await get(name);
  const counts = [status?.updatedReplicas ?? 0, status?.replicas ?? 0, status?.availableReplicas ?? 0];
  return status?.observedGeneration === metadata.generation && counts.every((count) => count === spec?.replicas);
}

describe('Deployment and ReplicaSet controllers', () => {
  test('roll out, scale, roll on to a new template and back, and clean up behind a deleted Deployment', async () => {
    await client.create(deploymentResource, deploymentOf('web', 3, 'v1'));
    await until(() => isRolledOut('web'));
    expect((await get('web')).metadata.annotations?.[REVISION]).toBe('1');
    expect((await get('web')).status?.conditions?.map(({ type, status, reason }) => [type, status, reason])).toEqual(
      expect.arrayContaining([
        ['Available', 'True', 'MinimumReplicasAvailable'],
        ['Progressing', 'True', 'NewReplicaSetAvailable'],
      ]),
    );
    await patch('web', { spec: { replicas: 5 } });
    await until(() => isRolledOut('web'));
    await setImage('web', 'v2');
    await until(() => isRolledOut('web'));
    expect(await imagesOf('web')).toEqual(Array.from({ length: 5 }, () => 'v2'));
    await setImage('web', 'v1');
    await until(() => isRolledOut('web'));
    const revisions = (await setsOf('web')).map(({ metadata }) => metadata.annotations?.[REVISION]).sort();
    expect(revisions).toEqual(['2', '3']);
    await until(async () => (await get('web')).metadata.annotations?.[REVISION] === '3');
    await client.delete(deploymentResource, 'default', 'web');
    await until(async () => (await setsOf('web')).length === 0 && (await podsOf('web')).length === 0);
    const events = (await client.list(eventResource, { namespace: 'default' })).items.map(({ message }) => message);
    expect(events).toContainEqual(expect.stringMatching(/^Scaled up replica set web-\w+ from 0 to 3$/));
    expect(events).toContainEqual(expect.stringMatching(/^Created pod: web-\w+-\w+$/));
  }, 30_000);

  test('a template that does not start leaves enough old pods, and undoing it ends the trouble', async () => {
    await client.create(deploymentResource, deploymentOf('shop', 4, 'v1'));
    await until(() => isRolledOut('shop'));
    await setImage('shop', 'broken');
    await until(async () => (await imagesOf('shop')).filter((image) => image === 'broken').length === 2);
    expect((await imagesOf('shop')).filter((image) => image === 'v1')).toHaveLength(3);
    await setImage('shop', 'v1');
    await until(() => isRolledOut('shop'));
    await until(async () => (await imagesOf('shop')).join() === 'v1,v1,v1,v1');
  }, 30_000);

  test('a pod whose label is taken away is released and replaced, and comes back when it is given again', async () => {
    await client.create(deploymentResource, deploymentOf('solo', 2, 'v1'));
    await until(() => isRolledOut('solo'));
    const [pod] = await podsOf('solo');
    const { name = '', labels = {} } = pod?.metadata ?? {};
    await client.patch(podResource, 'default', name, 'merge', { metadata: { labels: { app: 'debug' } } });
    await until(async () => (await podsOf('solo')).length === 2);
    expect((await client.get(podResource, 'default', name)).metadata.ownerReferences ?? []).toEqual([]);
    await client.patch(podResource, 'default', name, 'merge', { metadata: { labels } });
    await until(async () => (await podsOf('solo')).length === 2);
  }, 30_000);

  test('a Deployment deleted with --cascade=orphan leaves its ReplicaSet and pods, and a new one adopts them', async () => {
    await client.create(deploymentResource, deploymentOf('keep', 2, 'v1'));
    await until(() => isRolledOut('keep'));
    const before = (await podsOf('keep')).map(({ metadata }) => metadata.uid).sort();
    await client.delete(deploymentResource, 'default', 'keep', { propagationPolicy: 'Orphan' });
    const deployments = async () => (await client.list(deploymentResource, { namespace: 'default' })).items;
    await until(async () => !(await deployments()).some(({ metadata }) => metadata.name === 'keep'));
    expect((await setsOf('keep'))[0]?.metadata.ownerReferences ?? []).toEqual([]);
    await client.create(deploymentResource, deploymentOf('keep', 2, 'v1'));
    await until(() => isRolledOut('keep'));
    expect((await podsOf('keep')).map(({ metadata }) => metadata.uid).sort()).toEqual(before);
    expect(await setsOf('keep')).toHaveLength(1);
  }, 30_000);
});

describe('ReplicationController', () => {
  const controllerOf = (replicas: number): ReplicationController => ({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'old', namespace: 'default' },
    spec: {
      replicas,
      selector: { app: 'old' },
      template: { metadata: { labels: { app: 'old' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    },
  });
  const counts = async () => {
    const { status } = await client.get(replicationControllerResource, 'default', 'old');
    return [
      status?.replicas,
      status?.readyReplicas ?? 0,
      status?.availableReplicas ?? 0,
      status?.fullyLabeledReplicas ?? 0,
    ];
  };
  const counted = (count: number) => until(async () => (await counts()).every((each) => each === count));

  test('makes pods, scales, lets a pod go whose label is taken away, and takes its pods along when it is deleted', async () => {
    await client.create(replicationControllerResource, controllerOf(2));
    await counted(2);
    await client.patch(replicationControllerResource, 'default', 'old', 'merge', { spec: { replicas: 4 } });
    await counted(4);
    const [pod] = await podsOf('old');
    const name = pod?.metadata.name ?? '';
    await client.patch(podResource, 'default', name, 'merge', { metadata: { labels: { app: 'loose' } } });
    await until(async () => (await podsOf('old')).length === 4);
    expect((await client.get(podResource, 'default', name)).metadata.ownerReferences ?? []).toEqual([]);
    await client.delete(replicationControllerResource, 'default', 'old', { propagationPolicy: 'Foreground' });
    await until(async () => (await podsOf('old')).length === 0);
    expect((await client.get(podResource, 'default', name)).metadata.name).toBe(name);
  }, 30_000);
});
