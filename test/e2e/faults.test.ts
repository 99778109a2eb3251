/**
 * Demonstrations 8 and 9 of the classroom: the control plane dies and the applications do not notice; an object waits while its
 * controller is stopped.
 */
import components from '../../userland/cluster/components.json';
import { CHURN_LIMIT_MS, CHURN_PODS, churn, countsOf, leftovers } from './churn';
import { type Cluster, command, eventually, httpGet } from './cluster';
import { oneCluster } from './one-cluster';

jest.setTimeout(180_000);

/**
 * Every process of a cluster on the embedded store; what runs on demand has not been asked for. Only programs of ours: etcd and
 * containerd run when a cluster asks for them.
 */
const COMPONENTS = components.filter((row) => 'module' in row && !row.onDemand).map(({ name }) => name);

describe('when components die', () => {
  let cluster: Cluster;
  const scenario = oneCluster({ quickStart: true }, (started) => {
    cluster = started;
  });

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
  const serviceUrl = async () =>
    `http://${await cluster.kubectl('get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}')}/`;

  scenario(
    'kill -9 of every component: containers keep their ids, the Service answers throughout, all is listed afterwards',
    async () => {
      const url = await serviceUrl();
      const before = await containers();
      const listed = await cluster.kubectl('get', 'deploy,rs,pods,svc', '-o', 'name');
      const pids = await cluster.pidsOf(COMPONENTS);
      let failed = 0;
      let asked = 0;
      let stopAsking = false;
      const asking = (async () => {
        while (!stopAsking) {
          asked += 1;
          // Fifteen processes start at this moment: an answer may be slow, but it comes. Without its rules the Service refuses at once.
          if (!(await httpGet(url)).includes('hello from')) failed += 1;
        }
      })();
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
    const before = JSON.stringify(await countsOf(cluster));
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
    // Their 30 s of grace would be in the way of whoever counts next.
    await cluster.kubectl('delete', 'pods', '-l', 'app=waiting', '--grace-period=1');
    await eventually(async () => JSON.stringify(await countsOf(cluster)) === before);
  });

  scenario(
    'kill -9 of the kubelet while pods come and go leaves nothing of them behind',
    async () => {
      const before = await countsOf(cluster);
      const { uids, kills, seed } = await churn(cluster);
      expect(new Set(uids).size).toBe(CHURN_PODS);
      const how = { seed, kills };
      const left = await leftovers(cluster, uids, before, 90_000);
      expect({ how, ...left }).toEqual({ how, traces: [], counts: before });
    },
    CHURN_LIMIT_MS,
  );

  scenario('a killed supervisor leaves the components running, and the next up adopts them', async () => {
    const before = await cluster.pidsOf(COMPONENTS);
    const { stdout } = await command('cat', [`${cluster.home}/run/supervisor.pid`]);
    process.kill(Number(stdout.split(' ')[0]), 'SIGKILL');
    expect((await cluster.tryKubectl(['get', 'nodes'])).stdout).toContain('Ready');
    expect((await cluster.run('up')).code).toBe(0);
    expect(await cluster.pidsOf(COMPONENTS)).toEqual(before);
  });
});
