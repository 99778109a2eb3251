/**
 * The node controller against a real api-server: ranges for new nodes, silence, taints, eviction, and pods without a node.
 */

import type { Event } from '../../helper/api/core/event';
import type { Node } from '../../helper/api/core/node';
import type { Pod } from '../../helper/api/core/pod';
import type { KubeList, KubeObject } from '../../helper/api/meta';
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component } from '../../master/controllers/node/main';
import { MERGE, makeDefaultAccount, PODS, pod } from './objects';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

const NODES = '/api/v1/nodes';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const GRACE_SECONDS = 1;
let server: TestServer;
let running: RunningComponent;
/** nodes whose lease is renewed while the tests run */
const alive = new Set<string>();
let beating: NodeJS.Timeout;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  running = await startBeside(server, component, { nodeGraceSeconds: GRACE_SECONDS, podCidr: '10.7.0.0/22' });
  beating = setInterval(() => {
    for (const name of alive)
      void server.send('PATCH', `${LEASES}/${name}`, { spec: { renewTime: renewTime() } }, MERGE);
  }, 200);
});
afterAll(async () => {
  clearInterval(beating);
  await running.stop();
  await server.stop();
});

const renewTime = () => new Date().toISOString().replace('Z', '000Z');
const get = async <T extends KubeObject>(path: string) => {
  const answer = await server.send('GET', path);
  return answer.code === 200 ? answer.json<T>() : undefined;
};
const taintsOf = async (name: string): Promise<string[]> =>
  ((await get<Node>(`${NODES}/${name}`))?.spec?.taints ?? []).map(
    ({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`,
  );
const readyOf = async (path: string) =>
  (await get<Node | Pod>(path))?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;

async function register(name: string): Promise<void> {
  const lastHeartbeatTime = new Date().toISOString();
  const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime, lastTransitionTime: lastHeartbeatTime }];
  await server.send('POST', NODES, { metadata: { name }, status: { conditions } });
  await server.send('POST', LEASES, { metadata: { name }, spec: { holderIdentity: name, renewTime: renewTime() } });
  alive.add(name);
}

async function run(name: string, nodeName: string, tolerations: object[] = []): Promise<string> {
  const { spec } = pod(name);
  await server.send('POST', PODS, { ...pod(name), spec: { ...spec, nodeName, tolerations } });
  const path = `${PODS}/${name}`;
  await server.send(
    'PATCH',
    `${path}/status`,
    { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
    MERGE,
  );
  return path;
}

test('nodes get the ranges of the cluster in order, also when they register together', async () => {
  await Promise.all(['a', 'b', 'c', 'd'].map(register));
  const ranges = async () =>
    Promise.all(['a', 'b', 'c', 'd'].map(async (name) => (await get<Node>(`${NODES}/${name}`))?.spec?.podCIDR));
  await until(async () => (await ranges()).every(Boolean));
  expect((await ranges()).sort()).toEqual(['10.7.0.0/24', '10.7.1.0/24', '10.7.2.0/24', '10.7.3.0/24']);
  const freed = (await get<Node>(`${NODES}/d`))?.spec?.podCIDR;
  alive.delete('d');
  await server.send('DELETE', `${NODES}/d`);
  await register('e');
  await until(async () => (await get<Node>(`${NODES}/e`))?.spec?.podCIDRs?.[0] === freed);
});

test('a cordoned node gets its taint, and loses it again', async () => {
  await server.send('PATCH', `${NODES}/a`, { spec: { unschedulable: true } }, MERGE);
  await until(async () => (await taintsOf('a')).includes('unschedulable:NoSchedule'));
  await server.send('PATCH', `${NODES}/a`, { spec: { unschedulable: null } }, MERGE);
  await until(async () => (await taintsOf('a')).length === 0);
});

test('a silent node becomes Unknown, its pods not ready and driven off; it is well again when it speaks', async () => {
  const key = 'node.kubernetes.io/unreachable';
  const leaving = await run('leaving', 'b', [{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 }]);
  const staying = await run('staying', 'b');
  alive.delete('b');
  await until(async () => (await readyOf(`${NODES}/b`)) === 'Unknown');
  await until(async () => (await readyOf(staying)) === 'False');
  await until(async () => (await taintsOf('b')).length === 2);
  expect((await taintsOf('b')).sort()).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
  await until(async () => (await get(leaving))?.metadata.deletionTimestamp !== undefined);
  const conditions = (await get<Pod>(leaving))?.status?.conditions;
  expect(conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' }),
  );
  expect((await get(staying))?.metadata.deletionTimestamp).toBeUndefined();
  const lastHeartbeatTime = new Date().toISOString();
  const { status } = (await get<Node>(`${NODES}/b`)) ?? { status: {} };
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime };
  await server.send('PATCH', `${NODES}/b/status`, { status: { ...status, conditions: [ready] } }, MERGE);
  alive.add('b');
  await until(async () => (await taintsOf('b')).length === 0);
  const told = async (text: string) => {
    const events = (await server.send('GET', '/api/v1/namespaces/default/events')).json<KubeList<Event>>();
    return events.items.some(({ reason, message }) => `${reason}: ${message}` === text);
  };
  await until(() => told('NodeNotReady: Node b status is now: NodeNotReady'));
  await until(() => told('TaintManagerEviction: Marking for deletion Pod default/leaving'));
  await until(() => told('TaintManagerEviction: Cancelling deletion of Pod default/staying'));
});

test('a NoExecute taint by hand evicts what does not tolerate it', async () => {
  const taint = { key: 'maintenance', value: 'now', effect: 'NoExecute' };
  const leaving = await run('intolerant', 'c');
  const staying = await run('tolerant', 'c', [{ key: 'maintenance', operator: 'Exists' }]);
  await server.send('PATCH', `${NODES}/c`, { spec: { taints: [taint] } }, MERGE);
  await until(async () => (await get(leaving))?.metadata.deletionTimestamp !== undefined);
  expect((await get(staying))?.metadata.deletionTimestamp).toBeUndefined();
  expect(await taintsOf('c')).toEqual(['maintenance:NoExecute']);
});

test('a silent cluster is not evicted from: the fault is probably ours', async () => {
  const names = [...alive];
  alive.clear();
  for (const name of names) await until(async () => (await readyOf(`${NODES}/${name}`)) === 'Unknown');
  for (const name of names) {
    await until(async () => {
      const taints = await taintsOf(name);
      return taints.includes('unreachable:NoSchedule') && !taints.includes('unreachable:NoExecute');
    });
  }
});
