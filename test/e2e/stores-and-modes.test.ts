/**
 * The same cluster on other foundations: real etcd, one process, no containers; and what `run.sh` says when it cannot start.
 */

import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KUBECTL } from '../kubectl-path';
import { IDLE_POD, sampleDeployment } from '../sample-deployment';
import { type Cluster, command, eventually, PROJECT_ROOT, startCluster } from './cluster';
import { aDocker, aKubectl, type Need, whatIsMissing } from './one-cluster';

jest.setTimeout(180_000);

const DEPLOYMENT = JSON.stringify(sampleDeployment('web', IDLE_POD, 3));

/** What every kind of cluster must do. */
async function tour(cluster: Cluster): Promise<void> {
  await cluster.apply(DEPLOYMENT);
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  await cluster.kubectl('scale', 'deployment/web', '--replicas=1');
  await eventually(
    async () => (await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).trim().split('\n').length === 1,
  );
  // Only a watch that has shown the pod will show its end.
  let onOutput = () => {};
  const begun = new Promise<void>((resolve) => {
    onOutput = resolve;
  });
  const words = ['get', 'pods', '-l', 'app=web', '-w', '--request-timeout=5s'];
  const watched = command(KUBECTL ?? 'kubectl', words, { env: cluster.env, onOutput });
  await Promise.race([begun, watched]);
  await cluster.kubectl('delete', 'deployment', 'web');
  await eventually(async () => (await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).trim() === '');
  expect((await watched).stdout).toMatch(/Terminating/);
}

const scenario = (name: string, needs: readonly Need[], body: () => Promise<void>) =>
  test(name, async () => {
    const reason = await whatIsMissing(needs);
    if (reason) console.warn(`skipped: ${reason}`);
    else await body();
  });

async function withCluster(args: readonly string[], use: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await startCluster({ args });
  try {
    await use(cluster);
  } finally {
    await cluster.stop();
  }
}

describe('./run.sh up', () => {
  const anEtcd: Need = async () => ((await command('etcd', ['--version'])).code === 0 ? undefined : 'no etcd on PATH');

  scenario('--store etcd keeps the cluster in a real etcd, and survives its restart', [aDocker, aKubectl, anEtcd], () =>
    withCluster(['--store', 'etcd'], async (cluster) => {
      await tour(cluster);
      await cluster.kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
      process.kill(await cluster.pidOf('etcd'), 'SIGKILL');
      await eventually(
        async () => (await cluster.tryKubectl(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'])).stdout === 'b',
      );
      await eventually(
        async () => (await cluster.tryKubectl(['create', 'configmap', 'after', '--from-literal=a=b'])).code === 0,
      );
    }),
  );

  scenario('--all-in-one runs every component in one process', [aDocker, aKubectl], () =>
    withCluster(['--all-in-one'], async (cluster) => {
      expect((await cluster.run('ps')).stdout.trim().split('\n')).toHaveLength(2);
      await tour(cluster);
    }),
  );

  scenario('--runtime simulated runs pods without containers and keeps the state over down and up', [aKubectl], () =>
    withCluster(['--runtime', 'simulated'], async (cluster) => {
      await tour(cluster);
      await cluster.apply(DEPLOYMENT);
      await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      const before = await cluster.kubectl('get', 'deploy,rs', '-o', 'name');
      expect((await cluster.run('down')).code).toBe(0);
      expect((await cluster.run('up')).code).toBe(0);
      expect(await cluster.kubectl('get', 'deploy,rs', '-o', 'name')).toBe(before);
    }),
  );

  test('says which port is taken, by what it is needed and how to choose another, and exits 1', async () => {
    const server = createServer();
    const port = await new Promise<number>((done) =>
      server.listen(0, '0.0.0.0', () => done((server.address() as { port: number }).port)),
    );
    const env = {
      ...process.env,
      MINIK8S_HOME: mkdtempSync(join(tmpdir(), 'minik8s-e2e-')),
      MINIK8S_PORT_BASE: String(port),
    };
    const result = await command(join(PROJECT_ROOT, 'run.sh'), ['up', '--runtime', 'simulated'], { env });
    server.close();
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(`port ${port} on 0.0.0.0 is taken by another program, and the api-server needs it`);
    expect(result.stderr).toContain('MINIK8S_PORT_BASE');
    await command(join(PROJECT_ROOT, 'run.sh'), ['down', '--purge'], { env });
  });

  test('refuses bad options with what is expected', async () => {
    const env = { ...process.env, MINIK8S_HOME: mkdtempSync(join(tmpdir(), 'minik8s-e2e-')) };
    const store = await command(join(PROJECT_ROOT, 'run.sh'), ['up', '--store', 'mysql'], { env });
    expect(store).toMatchObject({ code: 1 });
    expect(store.stderr).toContain('--store "mysql": expected auto, etcd, embedded');
    const verb = await command(join(PROJECT_ROOT, 'run.sh'), ['upp'], { env });
    expect(verb.code).not.toBe(0);
    expect(verb.stderr).toMatch(/unknown command 'upp'|too many arguments|Did you mean up/);
  });

  test('--dry-run says what would happen and does nothing', async () => {
    const home = join(tmpdir(), `minik8s-e2e-dry-${process.pid}`);
    const result = await command(join(PROJECT_ROOT, 'run.sh'), ['up', '--dry-run', '--runtime', 'simulated'], {
      env: { ...process.env, MINIK8S_HOME: home },
    });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('would start   api-server');
    expect((await command('test', ['-e', home])).code).toBe(1);
  });

  test('doctor examines the machine', async () => {
    const { stdout } = await command(join(PROJECT_ROOT, 'run.sh'), ['doctor']);
    for (const name of ['kernel', 'docker', 'iptables', 'ports', 'disk'])
      expect(stdout).toMatch(new RegExp(`^(ok|warn|bad)\\s+${name}`, 'm'));
  });
});
