/**
 * metrics.k8s.io over a kubelet that counts: the figures, who may read them, and what kubectl makes of them.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '../../helper/process/until';
import { makeDefaultAccount, PODS, pod } from './objects';
import { hasStockKubectl, StockKubectl } from './stock-kubectl';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(30_000);

const METRICS = '/apis/metrics.k8s.io/v1beta1';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };
const STARTED = Date.now() - 100_000;
/** What the stand-in's containers and the node use, in cores. */
const CORES = 0.25;

let server: TestServer;
let kubelet: Server;
const asked: string[] = [];

/** Counters that have grown at the same pace since the start. */
function summary() {
  const time = new Date().toISOString();
  const startTime = new Date(STARTED).toISOString();
  const usage = {
    cpu: { time, usageCoreNanoSeconds: Math.round((Date.parse(time) - STARTED) * 1e6 * CORES) },
    memory: { time, workingSetBytes: 64 * 1024 * 1024 },
  };
  const container = (name: string) => ({ name, startTime, ...usage });
  const containers = [container('c'), container('d')];
  const pods = [{ podRef: { namespace: 'default', name: 'one', uid: 'u' }, startTime, containers, ...usage }];
  return { node: { nodeName: 'node1', startTime, ...usage }, pods };
}

async function makeNode(name: string, port: number): Promise<void> {
  await server.send('POST', '/api/v1/nodes', { metadata: { name } });
  const status = {
    capacity: { cpu: '2', memory: '1Gi', pods: '110' },
    allocatable: { cpu: '2', memory: '1Gi', pods: '110' },
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await server.send('PATCH', `/api/v1/nodes/${name}/status`, { status }, MERGE);
}

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  const pki = (file: string) => readFileSync(join(server.settings.home, 'pki', file));
  const tls = { cert: pki('kubelet.crt'), key: pki('kubelet.key'), ca: pki('ca.crt'), requestCert: true };
  kubelet = createServer(tls, (request, response) => {
    asked.push(request.url ?? '');
    response.end(JSON.stringify(summary()));
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  await makeNode('node1', (kubelet.address() as AddressInfo).port);
  await makeNode('silent', 1);
  for (const [name, nodeName] of [
    ['one', 'node1'],
    ['two', 'silent'],
  ] as const) {
    const containers = ['c', 'd'].map((each) => ({ name: each, image: 'busybox' }));
    const made = pod(name);
    await server.send('POST', PODS, {
      ...made,
      metadata: { ...made.metadata, labels: { app: name } },
      spec: { containers, nodeName },
    });
    await server.send('PATCH', `${PODS}/${name}/status`, { status: { phase: 'Running' } }, MERGE);
  }
});
afterAll(async () => {
  kubelet.closeAllConnections();
  kubelet.close();
  await server.stop();
});

interface Measured {
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly window: string;
  readonly usage?: { cpu: string; memory: string };
  readonly containers?: { name: string; usage: { cpu: string; memory: string } }[];
}

const get = async (path: string) => await server.send('GET', METRICS + path);
const items = async (path: string) => (await get(path)).json<{ items: Measured[] }>().items;

test('GET nodes and pods gives what they used between two looks at their kubelets', async () => {
  expect(asked).toEqual([]);
  const usage = { cpu: '250m', memory: '64Mi' };
  expect(await items('/nodes')).toMatchObject([{ metadata: { name: 'node1' }, usage }]);
  const [first, ...others] = await items('/pods');
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    kind: 'PodMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name: 'one', namespace: 'default', labels: { app: 'one' } },
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    window: expect.stringMatching(/^1(\.\d+)?s$/),
    containers: [
      { name: 'c', usage },
      { name: 'd', usage },
    ],
  });
  // Two looks make a rate; everybody else was given the same.
  expect(asked).toEqual(['/stats/summary', '/stats/summary']);
});

test('GET pods selects by the labels of the pods and by namespace', async () => {
  expect(await items('/namespaces/default/pods?labelSelector=app%3Done')).toHaveLength(1);
  expect(await items('/pods?labelSelector=app%3Dother')).toEqual([]);
  expect(await items('/namespaces/kube-system/pods')).toEqual([]);
});

test('GET of what is not there or not measured is NotFound in the words of metrics-server', async () => {
  expect((await get('/nodes/node1')).json()).toMatchObject({ kind: 'NodeMetrics', usage: { cpu: '250m' } });
  const message = async (path: string) => {
    const { code, ...answer } = await get(path);
    return [code, answer.json<{ message: string }>().message];
  };
  expect(await message('/nodes/silent')).toEqual([404, 'nodemetrics.metrics.k8s.io "silent" not found']);
  expect(await message('/nodes/none')).toEqual([404, 'nodes "none" not found']);
  const two = 'podmetrics.metrics.k8s.io "default/two" not found';
  expect(await message('/namespaces/default/pods/two')).toEqual([404, two]);
  expect(await message('/namespaces/default/pods/none')).toEqual([404, 'pods "none" not found']);
  expect((await server.send('DELETE', `${METRICS}/nodes/node1`)).code).toBe(405);
  expect((await get('/nodes?watch=true')).code).toBe(405);
});

test('the group is in discovery with a local API service, and as a Table it has the columns of metrics-server', async () => {
  const { resources } = (await get('')).json<{ resources: { name: string; kind: string; verbs: string[] }[] }>();
  expect(resources.map(({ name, kind, verbs }) => [name, kind, verbs.join(' ')])).toEqual([
    ['nodes', 'NodeMetrics', 'get list'],
    ['pods', 'PodMetrics', 'get list'],
  ]);
  const service = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io';
  await until(async () => (await server.send('GET', service)).code === 200);
  expect((await server.send('GET', service)).json()).toMatchObject({
    spec: { groupPriorityMinimum: 100, versionPriority: 100 },
  });
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const table = (await server.send('GET', `${METRICS}/pods`, undefined, { headers: { accept } })).json<{
    columnDefinitions: { name: string; format: string }[];
    rows: { cells: string[] }[];
  }>();
  expect(table.columnDefinitions.map(({ name, format }) => [name, format])).toEqual([
    ['Name', 'name'],
    ['cpu', 'quantity'],
    ['memory', 'quantity'],
    ['Window', 'duration'],
  ]);
  expect(table.rows[0]?.cells.slice(0, 3)).toEqual(['one', '500m', '128Mi']);
});

test('view, edit and admin may read it', async () => {
  for (const name of ['view', 'edit', 'admin']) {
    const rules = async () => {
      const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`;
      return (await server.send('GET', path)).json<{ rules?: { apiGroups: string[] }[] }>().rules ?? [];
    };
    await until(async () => (await rules()).some(({ apiGroups }) => apiGroups.includes('metrics.k8s.io')));
  }
});

(hasStockKubectl ? describe : describe.skip)('stock kubectl', () => {
  let kubectl: StockKubectl;
  beforeAll(() => {
    kubectl = new StockKubectl(server);
  });
  afterAll(() => kubectl.stop());

  const rows = async (...args: string[]) => {
    const { out, err, code } = await kubectl.run(args);
    expect([code, err]).toEqual([0, '']);
    return out
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
  };

  test('top node shows what is used of each node, and which do not say', async () => {
    expect(await rows('top', 'node')).toEqual([
      ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'],
      ['node1', '250m', '12%', '64Mi', '6%'],
      ['silent', '<unknown>', '<unknown>', '<unknown>', '<unknown>'],
    ]);
  });

  test('top pod shows pods and containers', async () => {
    expect(await rows('top', 'pod', '-A', '--sort-by=cpu')).toEqual([
      ['NAMESPACE', 'NAME', 'CPU(cores)', 'MEMORY(bytes)'],
      ['default', 'one', '500m', '128Mi'],
    ]);
    expect(await rows('top', 'pod', 'one', '--containers', '--no-headers')).toEqual([
      ['one', 'c', '250m', '64Mi'],
      ['one', 'd', '250m', '64Mi'],
    ]);
    expect(await rows('top', 'pod', '--sum', '-A')).toEqual([
      ['NAMESPACE', 'NAME', 'CPU(cores)', 'MEMORY(bytes)'],
      ['default', 'one', '500m', '128Mi'],
      ['________', '________'],
      ['500m', '128Mi'],
    ]);
    const pods = await rows('get', 'pods', '--no-headers');
    expect(pods.map(([name]) => name)).toEqual(['one', 'two']);
  });
});
