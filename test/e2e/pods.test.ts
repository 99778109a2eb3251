/** The pods of every suite, on real Docker; beside it, where there is one, a containerd that a RuntimeClass chooses. */
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1';
import { findProgram } from '../../userland/cluster/host-packages';
import { command, eventually } from './cluster';
import { aDocker, aKubectl } from './one-cluster';
import { podSuite } from './pod-suite';

jest.setTimeout(240_000);

const missing = ['containerd', 'ctr', 'host-local'].filter((program) => !findProgram(program));

const server = (name: string, further: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: both}}
spec:
  terminationGracePeriodSeconds: 1
  ${further}
  containers: [{name: a, image: 'minik8s/base:1', command: [sh, -c, 'cd /tmp; hostname >index.html; exec httpd -f -p 80']}]
---`;

const BOTH = `${server('on-docker', '')}${server('on-containerd', 'runtimeClassName: containerd')}
apiVersion: v1
kind: Service
metadata: {name: both}
spec: {selector: {app: both}, ports: [{port: 80}]}
`;

describe('pods', () => {
  const suite = podSuite({
    args: missing.length > 0 ? [] : ['--runtime', 'docker,containerd'],
    needs: [aDocker, aKubectl],
    startFailure: 'ContainerCannotRun',
    hostPort: 18_099,
    async hostNamespaces(_cluster, containerId) {
      const [found] = JSON.parse((await command('docker', ['inspect', containerId])).stdout) as [
        { HostConfig: { NetworkMode: string; PidMode: string; IpcMode: string } },
      ];
      const { NetworkMode: network, PidMode: pid, IpcMode: ipc } = found.HostConfig;
      const modes = Object.entries({ ipc, network, pid });
      return modes.filter(([, mode]) => mode === 'host').map(([name]) => name);
    },
  });

  suite.scenario('a RuntimeClass chooses the runtime, and pods of both talk to each other', async () => {
    if (missing.length > 0) return void process.stderr.write(`skipped: not installed: ${missing.join(', ')}\n`);
    const cluster = suite.cluster();
    await cluster.apply(BOTH);
    const names = ['on-docker', 'on-containerd'];
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod', ...names, '--timeout=60s');
    const read = async () => {
      const list = await cluster.kubectl('get', 'pods', ...names, '-o', 'json');
      return (JSON.parse(list) as { items: Pod[] }).items.map(({ status }) => {
        const [runtime, id = ''] = status?.containerStatuses?.[0]?.containerID?.split('://') ?? [];
        return { runtime, id, ip: status?.podIP ?? '' };
      });
    };
    const before = await read();
    const socket = join(cluster.home, 'run', 'containerd.sock');
    const inDocker = async (id: string) => (await command('docker', ['inspect', id])).code === 0;
    const inContainerd = async (id: string) =>
      (await command('ctr', ['--address', socket, '--namespace', 'k8s.io', 'containers', 'info', id])).code === 0;
    const seen = before.map(async ({ runtime, id }) => [runtime, await inDocker(id), await inContainerd(id)]);
    expect(await Promise.all(seen)).toEqual([
      ['docker', true, false],
      ['containerd', false, true],
    ]);

    const get = (from: string, host: string) =>
      cluster.kubectl('exec', from, '--', 'timeout', '5', 'wget', '-qO-', `http://${host}/`);
    const [docker, containerd] = before.map(({ ip }) => ip);
    expect(await get('on-docker', containerd ?? '')).toBe('on-containerd\n');
    expect(await get('on-containerd', docker ?? '')).toBe('on-docker\n');
    const tenTimes = 'for i in 1 2 3 4 5 6 7 8 9 10; do timeout 5 wget -qO- http://both/; done';
    for (const from of names) {
      await eventually(async () => {
        const answers = (await cluster.kubectl('exec', from, '--', 'sh', '-c', tenTimes)).split('\n');
        return names.every((name) => answers.includes(name));
      });
    }

    await cluster.run('restart', 'kubelet');
    await eventually(() => cluster.kubectl('exec', 'on-containerd', '--', 'true').then(() => true));
    expect(await read()).toEqual(before);
    await cluster.kubectl('delete', 'pod', ...names, '--timeout=60s');
    expect([await inDocker(before[0]?.id ?? ''), await inContainerd(before[1]?.id ?? '')]).toEqual([false, false]);
  });
});
