/**
 * Demonstrations 8 and 9 of the classroom: the control plane dies and the applications do not notice; an object waits while its
 * controller is stopped.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import components from '../../userland/cluster/components.json';
import { hostInterfaceOf } from '../../worker/network/pod-interface';
import { KUBECTL } from '../kubectl-path';
import { type Cluster, clusterFacts, command, dockerMissing, eventually, httpGet, startCluster } from './cluster';

jest.setTimeout(180_000);

/** A pod with every kind of thing that could be left behind: a memory volume, a subPath, an init container. */
const churningPod = (name: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: churn } }
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{ name: memory, emptyDir: { medium: Memory } }, { name: disk, emptyDir: {} }]
  initContainers: [{ name: first, image: "minik8s/base:1", command: ["true"] }]
  containers:
    - name: main
      image: minik8s/base:1
      command: [sleep, "3600"]
      volumeMounts: [{ name: memory, mountPath: /memory }, { name: disk, mountPath: /disk, subPath: part }]
`;

/** Every process of a cluster on the embedded store; what runs on demand has not been asked for. */
const COMPONENTS = components.filter((row) => row.role !== 'store' && !row.onDemand).map(({ name }) => name);

describe('when components die', () => {
  let cluster: Cluster;
  let skipped: string | undefined;

  beforeAll(async () => {
    skipped = (await dockerMissing()) ?? (KUBECTL ? undefined : 'no kubectl on PATH');
    if (skipped) console.warn(`skipped: ${skipped}`);
    else cluster = await startCluster({ quickStart: true });
  });
  afterAll(() => cluster?.stop());

  const containers = async () => {
    const format = '{{.ID}} {{.Label "io.kubernetes.container.name"}} {{.Label "io.kubernetes.pod.name"}}';
    const { stdout } = await command('docker', [
      'ps',
      '--no-trunc',
      '--filter',
      `label=io.minik8s/cluster=${cluster.home}`,
      '--format',
      format,
    ]);
    return stdout.trim().split('\n').sort();
  };
  /** What there is on this machine of the pods with these uids: containers, folders, mounts, cables, control groups. */
  const tracesOf = async (uids: readonly string[]) => {
    const format = '{{.ID}} {{.Label "io.kubernetes.pod.uid"}}';
    const [all, links, groups] = await Promise.all([
      command('docker', ['ps', '-a', '--no-trunc', '--format', format]),
      command('ip', ['-o', 'link']),
      command('find', ['/sys/fs/cgroup', '-type', 'd', '-path', '*kubepods*', '-name', '*pod*']),
    ]);
    const pods = join(cluster.home, 'kubelet', 'pods');
    const mounts = readFileSync('/proc/self/mounts', 'utf8');
    const lines = [all.stdout, groups.stdout, mounts, readdirSync(pods).join('\n')].join('\n').split('\n');
    const cables = uids.map((uid) => hostInterfaceOf(clusterFacts(cluster).bridgeName, uid));
    return [
      ...lines.filter((line) => uids.some((uid) => line.includes(uid))),
      ...cables.filter((cable) => links.stdout.includes(cable)),
    ];
  };
  const serviceUrl = async () =>
    `http://${await cluster.kubectl('get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}')}/`;
  const scenario = (name: string, body: () => Promise<void>) =>
    test(name, async () => {
      if (!skipped) await body();
    });

  scenario(
    'kill -9 of every component: containers keep their ids, the Service answers throughout, all is listed afterwards',
    async () => {
      const url = await serviceUrl();
      const before = await containers();
      const listed = await cluster.kubectl('get', 'deploy,rs,pods,svc', '-o', 'name');
      let failed = 0;
      let asked = 0;
      let stopAsking = false;
      const asking = (async () => {
        while (!stopAsking) {
          asked += 1;
          if (!(await httpGet(url, 1000)).includes('hello from')) failed += 1;
        }
      })();
      const pids = await Promise.all(COMPONENTS.map((name) => cluster.pidOf(name)));
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      // Damage a pod while nobody watches: it must be repaired.
      const victim = before.find((line) => line.includes(' web '))?.split(' ')[0] ?? '';
      const died = Date.now();
      try {
        await eventually(async () => (await cluster.tryKubectl(['get', '--raw', '/readyz'])).stdout === 'ok');
        await eventually(
          async () =>
            (await cluster.run('ps')).stdout.split('\n').filter((line) => / running /.test(line)).length ===
            COMPONENTS.length,
        );
      } finally {
        stopAsking = true;
        await asking;
      }
      const backMs = Date.now() - died;
      expect({ failed, asked: asked > 10 }).toEqual({ failed: 0, asked: true });
      expect(backMs).toBeLessThan(15_000);
      expect(await containers()).toEqual(before);
      expect(await cluster.kubectl('get', 'deploy,rs,pods,svc', '-o', 'name')).toBe(listed);
      await command('docker', ['rm', '-f', victim]);
      await eventually(async () => {
        const now = await containers();
        return now.length === before.length && !now.some((line) => line.startsWith(victim));
      });
    },
  );

  scenario('a pod damaged while the kubelet is stopped is repaired when it starts', async () => {
    await cluster.run('stop', 'kubelet');
    const before = await containers();
    const victim = before.find((line) => line.includes(' web '))?.split(' ')[0] ?? '';
    await command('docker', ['rm', '-f', victim]);
    expect(await containers()).toHaveLength(before.length - 1);
    await cluster.run('start', 'kubelet');
    await eventually(async () => (await containers()).length === before.length);
    await cluster.kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s');
    const survivors = (await containers()).filter((line) => before.includes(line));
    expect(survivors).toHaveLength(before.length - 1);
  });

  scenario('an object waits while its controller is stopped and completes when it starts', async () => {
    expect((await cluster.run('stop', 'replica-set-controller')).stdout).toContain('stopped');
    expect((await cluster.run('ps')).stdout).toMatch(/replica-set-controller\s+-\s+stopped/);
    await cluster.kubectl(
      'create',
      'deployment',
      'waiting',
      '--image=minik8s/base:1',
      '--replicas=2',
      '--',
      'sleep',
      '3600',
    );
    await eventually(async () => (await cluster.kubectl('get', 'rs', '-l', 'app=waiting', '-o', 'name')).trim() !== '');
    expect((await cluster.kubectl('get', 'pods', '-l', 'app=waiting', '-o', 'name')).trim()).toBe('');
    await cluster.run('start', 'replica-set-controller');
    await eventually(
      async () =>
        (await cluster.kubectl('get', 'pods', '-l', 'app=waiting', '-o', 'name')).trim().split('\n').length === 2,
    );
    await cluster.kubectl('delete', 'deployment', 'waiting');
  });

  scenario('kill -9 of the kubelet while pods come and go leaves nothing of them behind', async () => {
    const names = Array.from({ length: 4 }, (_, index) => `churn-${index}`);
    await cluster.apply(names.map((name) => churningPod(name)).join('---\n'));
    const uids = (
      await cluster.kubectl('get', 'pods', '-l', 'app=churn', '-o', 'jsonpath={.items[*].metadata.uid}')
    ).split(' ');
    await eventually(async () => (await tracesOf(uids)).length > 0);
    process.kill(await cluster.pidOf('kubelet'), 'SIGKILL');
    await cluster.kubectl('wait', 'pods', '-l', 'app=churn', '--for=condition=Ready', '--timeout=90s');
    await cluster.kubectl('delete', 'pods', '-l', 'app=churn', '--wait=false');
    process.kill(await cluster.pidOf('kubelet'), 'SIGKILL');
    await cluster.kubectl('wait', 'pods', '-l', 'app=churn', '--for=delete', '--timeout=90s');
    await eventually(async () => (await tracesOf(uids)).length === 0, 90_000).catch(async () => {
      expect(await tracesOf(uids)).toEqual([]);
    });
  });

  scenario('a killed supervisor leaves the components running, and the next up adopts them', async () => {
    const before = await Promise.all(COMPONENTS.map((name) => cluster.pidOf(name)));
    const { stdout } = await command('cat', [`${cluster.home}/run/supervisor.pid`]);
    process.kill(Number(stdout.split(' ')[0]), 'SIGKILL');
    expect((await cluster.tryKubectl(['get', 'nodes'])).stdout).toContain('Ready');
    expect((await cluster.run('up')).code).toBe(0);
    expect(await Promise.all(COMPONENTS.map((name) => cluster.pidOf(name)))).toEqual(before);
  });
});
