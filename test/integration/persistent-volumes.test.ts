/**
 * Claims and volumes over a real api-server with the volume controller and the scheduler beside it: bound, made for the first pod,
 * protected, made larger, released. No kubelet: what it would delete is seen by the volume that waits for it.
 */
import type { PersistentVolume } from '../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../helper/api/core/pod';
import type { KubeList, KubeObject } from '../../helper/api/meta';
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component as volumeController } from '../../master/controllers/volume/main';
import { component as scheduler } from '../../master/scheduler/main';
import { MERGE, makeDefaultAccount, PODS } from './objects';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(60_000);

const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
const VOLUMES = '/api/v1/persistentvolumes';
const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
const SIZE = { resources: { requests: { storage: '1Gi' } }, accessModes: ['ReadWriteOnce'] };

let server: TestServer;
let running: RunningComponent[] = [];

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server, 'default');
  running = [await startBeside(server, volumeController), await startBeside(server, scheduler)];
  for (const name of ['east', 'west']) await makeNode(name);
  await until(async () => (await get(`${CLASSES}/standard`)) !== undefined);
});
afterAll(async () => {
  for (const one of running) await one.stop();
  await server?.stop();
});

async function makeNode(name: string): Promise<void> {
  await server.send('POST', '/api/v1/nodes', { metadata: { name, labels: { 'kubernetes.io/hostname': name } } });
  const status = {
    allocatable: { cpu: '4', memory: '4Gi', pods: '10' },
    capacity: { cpu: '4', memory: '4Gi', pods: '10' },
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  await server.send('PATCH', `/api/v1/nodes/${name}/status`, { status }, MERGE);
  // Born with a taint, which nobody here takes off.
  await server.send('PATCH', `/api/v1/nodes/${name}`, { spec: { taints: null } }, MERGE);
}

const get = async <T extends KubeObject>(path: string) => {
  const answer = await server.send('GET', path);
  return answer.code === 200 ? answer.json<T>() : undefined;
};
const claimOf = (name: string) => get<PersistentVolumeClaim>(`${CLAIMS}/${name}`);
const volumeOf = (name: string) => get<PersistentVolume>(`${VOLUMES}/${name}`);
const post = async (path: string, body: object) => {
  const answer = await server.send('POST', path, body);
  expect([answer.code, answer.code === 201 ? '' : answer.json<{ message: string }>().message]).toEqual([201, '']);
};
const makeClaim = (name: string, spec: object = {}) => post(CLAIMS, { metadata: { name }, spec: { ...SIZE, ...spec } });
const makeVolume = (name: string, spec: object = {}) =>
  post(VOLUMES, {
    metadata: { name },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' }, ...spec },
  });
const makePod = (name: string, claimName: string, more: object = {}) =>
  post(PODS, {
    metadata: { name },
    spec: {
      containers: [{ name: 'c', image: 'busybox' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }],
      ...more,
    },
  });
const isBound = async (name: string) => (await claimOf(name))?.status?.phase === 'Bound';
const at = (node: string) => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }],
    },
  },
});
const eventsAbout = async (name: string) => {
  const { items } = (await get('/api/v1/namespaces/default/events')) as unknown as KubeList<
    KubeObject & { involvedObject: { name: string }; reason: string; message: string }
  >;
  return items
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`);
};

test('claims get the volumes that fit, and leave them Released', async () => {
  await makeVolume('large', { capacity: { storage: '9Gi' }, storageClassName: 'shelf' });
  await makeVolume('small', { storageClassName: 'shelf' });
  await until(async () => (await volumeOf('small'))?.status?.phase === 'Available');
  await Promise.all(['first', 'second', 'third'].map((name) => makeClaim(name, { storageClassName: 'shelf' })));
  await until(async () => (await Promise.all(['first', 'second', 'third'].map(isBound))).filter(Boolean).length === 2);
  const claims = await Promise.all(['first', 'second', 'third'].map(claimOf));
  const given = claims.map((claim) => claim?.spec?.volumeName).filter(Boolean);
  expect(given.sort()).toEqual(['large', 'small']);
  const winner = claims.find((claim) => claim?.spec?.volumeName === 'large');
  expect(winner?.status?.capacity).toEqual({ storage: '9Gi' });
  await until(async () => (await volumeOf('large'))?.status?.phase === 'Bound');
  await server.send('DELETE', `${CLAIMS}/${winner?.metadata.name}`);
  await until(async () => (await volumeOf('large'))?.status?.phase === 'Released');
  // Released is not free: its data is the old claim's.
  await server.send('PATCH', `${VOLUMES}/large`, { spec: { claimRef: null } }, MERGE);
  const loser = claims.find((claim) => !claim?.spec?.volumeName)?.metadata.name ?? '';
  await until(() => isBound(loser));
});

test('a claim waits for its first pod, gets a volume on that pod’s node, and ties all later pods to it', async () => {
  await makeClaim('late');
  await until(async () => (await eventsAbout('late')).some((line) => line.startsWith('WaitForFirstConsumer')));
  await makePod('first', 'late', { nodeSelector: { 'kubernetes.io/hostname': 'west' } });
  await until(() => isBound('late'));
  await until(async () => (await get<Pod>(`${PODS}/first`))?.spec?.nodeName === 'west');
  const claim = await claimOf('late');
  expect(claim?.metadata.annotations).toMatchObject({ 'volume.kubernetes.io/selected-node': 'west' });
  const volume = await volumeOf(claim?.spec?.volumeName ?? '');
  expect(volume?.spec).toMatchObject({
    ...at('west'),
    persistentVolumeReclaimPolicy: 'Delete',
    storageClassName: 'standard',
  });
  await makePod('later', 'late');
  await until(async () => (await get<Pod>(`${PODS}/later`))?.spec?.nodeName === 'west');
  await makePod('astray', 'late', { nodeSelector: { 'kubernetes.io/hostname': 'east' } });
  await until(async () =>
    (await eventsAbout('astray')).some((line) => line.includes('1 node(s) had volume node affinity conflict')),
  );
});

test('a volume of the disk is chosen where the pod fits', async () => {
  await post(CLASSES, {
    metadata: { name: 'disks' },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  for (const node of ['east', 'west']) await makeVolume(`disk-${node}`, { storageClassName: 'disks', ...at(node) });
  await makeClaim('disk', { storageClassName: 'disks' });
  await makePod('on-disk', 'disk', { nodeSelector: { 'kubernetes.io/hostname': 'east' } });
  await until(async () => (await get<Pod>(`${PODS}/on-disk`))?.spec?.nodeName === 'east');
  expect((await claimOf('disk'))?.spec?.volumeName).toBe('disk-east');
});

test('one pod alone may use a ReadWriteOncePod claim', async () => {
  await makeClaim('alone', { accessModes: ['ReadWriteOncePod'] });
  await makePod('only', 'alone');
  await until(async () => Boolean((await get<Pod>(`${PODS}/only`))?.spec?.nodeName));
  await makePod('other', 'alone');
  await until(async () => (await eventsAbout('other')).some((line) => line.includes('ReadWriteOncePod access mode')));
  await server.send('DELETE', `${PODS}/only?gracePeriodSeconds=0`);
  await until(async () => Boolean((await get<Pod>(`${PODS}/other`))?.spec?.nodeName));
});

test('a bound claim grows, where its class allows that', async () => {
  await makeClaim('growing');
  await makePod('grower', 'growing');
  await until(() => isBound('growing'));
  const more = { spec: { resources: { requests: { storage: '3Gi' } } } };
  expect((await server.send('PATCH', `${CLAIMS}/growing`, more, MERGE)).code).toBe(200);
  await until(async () => (await claimOf('growing'))?.status?.capacity?.['storage'] === '3Gi');
  const { spec, status } = (await claimOf('growing')) ?? {};
  expect(status?.conditions ?? []).toEqual([]);
  expect((await volumeOf(spec?.volumeName ?? ''))?.spec?.capacity).toEqual({ storage: '3Gi' });
});

test('an ephemeral volume has a claim that is the pod’s own', async () => {
  const volumeClaimTemplate = { metadata: { labels: { of: 'scratch' } }, spec: SIZE };
  await makePod('brief', '', { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }] });
  await until(() => isBound('brief-scratch'));
  const [pod, claim] = [await get<Pod>(`${PODS}/brief`), await claimOf('brief-scratch')];
  expect(claim?.metadata.labels).toEqual({ of: 'scratch' });
  expect(claim?.metadata.ownerReferences).toMatchObject([{ kind: 'Pod', uid: pod?.metadata.uid, controller: true }]);
});

test('a class that comes later, and is the default, is given to claims that name none', async () => {
  await server.send('DELETE', `${CLASSES}/standard`);
  await makeClaim('early');
  await until(async () => (await eventsAbout('early')).some((line) => line.startsWith('FailedBinding')));
  expect((await claimOf('early'))?.spec?.storageClassName).toBeUndefined();
  await post(CLASSES, {
    metadata: { name: 'newcomer', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'minik8s.io/local-path',
  });
  // Immediate binding: any node will do.
  await until(() => isBound('early'));
  expect((await claimOf('early'))?.spec?.storageClassName).toBe('newcomer');
});

test('claims and volumes in use outlive their deletion', async () => {
  await makeClaim('kept');
  await makePod('keeper', 'kept');
  // A pod without a node does not count as a user yet.
  await until(async () => Boolean((await get<Pod>(`${PODS}/keeper`))?.spec?.nodeName));
  const name = (await claimOf('kept'))?.spec?.volumeName ?? '';
  await server.send('DELETE', `${CLAIMS}/kept`);
  await server.send('DELETE', `${VOLUMES}/${name}`);
  expect((await claimOf('kept'))?.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
  expect((await volumeOf(name))?.metadata.finalizers).toContain('kubernetes.io/pv-protection');
  await makePod('too-late', 'kept');
  await until(async () =>
    (await eventsAbout('too-late')).some((line) => line.includes('persistentvolumeclaim "kept" is being deleted')),
  );
  await server.send('DELETE', `${PODS}/keeper?gracePeriodSeconds=0`);
  await until(async () => (await claimOf('kept')) === undefined);
  // Its data is on a node that does not answer: held until it does, or until the node and the data are gone.
  await until(async () => (await volumeOf(name))?.status?.phase === 'Released');
  expect(await volumeOf(name)).toBeDefined();
  for (const node of ['east', 'west']) await server.send('DELETE', `/api/v1/nodes/${node}`);
  await until(async () => (await volumeOf(name)) === undefined);
});
