/**
 * Figures of use over real containers: one that takes all the cpu its limit gives it, seen by stock kubectl, the kubelet's
 * own endpoints and the kernel's files.
 */

import { KUBECTL } from '../kubectl-path';
import { type Cluster, dockerMissing, eventually, startCluster } from './cluster';

jest.setTimeout(180_000);

const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: burn, labels: {app: burn}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: burn
    image: minik8s/base:1
    command: [sh, -c, 'while :; do :; done']
    resources: {limits: {cpu: 200m, memory: 64Mi}}
  - {name: idle, image: minik8s/base:1, command: [sleep, '1000']}
`;
const NODE = '/api/v1/nodes/node1/proxy';

describe('statistics', () => {
  let cluster: Cluster;
  let skipped: string | undefined;

  beforeAll(async () => {
    skipped = (await dockerMissing()) ?? (KUBECTL ? undefined : 'no kubectl on PATH');
    if (skipped) {
      console.warn(`skipped: ${skipped}`);
      return;
    }
    cluster = await startCluster();
    await cluster.apply(MANIFEST);
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/burn', '--timeout=60s');
  });
  afterAll(() => cluster?.stop());

  const scenario = (name: string, run: () => Promise<void>) =>
    test(name, async () => {
      if (!skipped) await run();
    });

  scenario('top pod: a container uses what its limit gives it, the other next to nothing', async () => {
    const rows = await eventually(() => cluster.kubectl('top', 'pod', 'burn', '--containers', '--no-headers'));
    const millicores = new Map(
      rows
        .trim()
        .split('\n')
        .map((row) => row.trim().split(/\s+/))
        .map(([, container = '', cpu = '']) => [container, Number.parseInt(cpu, 10)]),
    );
    // On a busy machine it gets less than its limit, and never much more.
    expect(millicores.get('burn')).toBeGreaterThan(20);
    expect(millicores.get('burn')).toBeLessThan(300);
    expect(millicores.get('idle')).toBeLessThan(20);
  });

  scenario('top node: cores, bytes and their share of the node', async () => {
    expect(await cluster.kubectl('top', 'node', '--no-headers')).toMatch(/^node1 +\d+m +\d+% +\d+Mi +\d+%/);
  });

  scenario('/stats/summary and /metrics/resource: the limit, the traffic, counters that grow', async () => {
    const summary = JSON.parse(await cluster.kubectl('get', '--raw', `${NODE}/stats/summary`));
    const pod = summary.pods.find(({ podRef }: { podRef: { name: string } }) => podRef.name === 'burn');
    const [burn, idle] = pod.containers;
    expect([burn.name, idle.name]).toEqual(['burn', 'idle']);
    expect(burn.memory.availableBytes + burn.memory.workingSetBytes).toBe(64 * 1024 * 1024);
    expect(idle.memory).not.toHaveProperty('availableBytes');
    expect(pod.network).toMatchObject({ name: 'eth0', rxBytes: expect.any(Number) });
    const metrics = await cluster.kubectl('get', '--raw', `${NODE}/metrics/resource`);
    const line = /^container_cpu_usage_seconds_total\{container="burn",namespace="default",pod="burn"\} (\S+)/m;
    const seconds = Number(line.exec(metrics)?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(burn.cpu.usageCoreNanoSeconds / 1e9);
  });
});
