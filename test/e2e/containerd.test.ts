/**
 * The pods of every suite, on containerd over CRI with CNI plugins, and what is its own: streams, logs, a restarted kubelet, nothing left.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1';
import { type Cluster, clusterFacts, command, eventually } from './cluster';
import { aKubectl, type Need } from './one-cluster';
import { podSuite } from './pod-suite';

jest.setTimeout(240_000);

const PLUGIN_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin'];

const aContainerd: Need = async () => {
  if (process.getuid?.() !== 0) return 'needs root';
  const { code } = await command('containerd', ['--version'], { limitMs: 10_000 });
  if (code !== 0) return 'containerd is not installed';
  const hasPlugins = PLUGIN_FOLDERS.some((folder) => existsSync(join(folder, 'host-local')));
  return hasPlugins ? undefined : 'CNI plugins are not installed (containernetworking-plugins)';
};

const AFTERWARDS = `
apiVersion: v1
kind: Pod
metadata: {name: afterwards}
spec: {restartPolicy: Never, containers: [{name: a, image: 'minik8s/base:1', command: ['true']}]}
`;

const ctr = async (cluster: Cluster, ...args: string[]) => {
  const socket = join(cluster.home, 'run', 'containerd.sock');
  return (await command('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args])).stdout;
};

/** Host namespaces are those the container's own specification does not name. */
async function hostNamespaces(cluster: Cluster, containerId: string): Promise<string[]> {
  const { Spec } = JSON.parse(await ctr(cluster, 'containers', 'info', containerId)) as {
    Spec: { linux: { namespaces: { type: string; path?: string }[] } };
  };
  const own = new Map(Spec.linux.namespaces.map(({ type, path }) => [type, path]));
  // A pod on the host's network joins the namespaces of its sandbox, which are the host's.
  const isHost = (type: string, file: string) => {
    const path = own.get(type);
    return !own.has(type) || (path !== undefined && namespaceOf(path) === namespaceOf(`/proc/self/ns/${file}`));
  };
  const files = { ipc: 'ipc', network: 'net', pid: 'pid' };
  return Object.entries(files).flatMap(([type, file]) => (isHost(type, file) ? [type] : []));
}

function namespaceOf(path: string): number {
  return statSync(path).ino;
}

/** Folders and files below a folder of the home; none when it is not there. */
function inHome(cluster: Cluster, ...path: string[]): string[] {
  const folder = join(cluster.home, ...path);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

describe('pods on containerd', () => {
  const suite = podSuite({
    args: ['--runtime', 'containerd'],
    needs: [aContainerd, aKubectl],
    startFailure: 'StartError',
    hostPort: 18_098,
    hostNamespaces,
  });
  const containers = async () => {
    const { items } = JSON.parse(await suite.cluster().kubectl('get', 'pods', 'port', 'shared', '-o', 'json')) as {
      items: Pod[];
    };
    return items.flatMap(({ status }) => status?.containerStatuses ?? []);
  };

  suite.scenario('exec carries input, output and the exit code', async () => {
    const cluster = suite.cluster();
    const cat = await cluster.tryKubectl(['exec', '-i', 'port', '--', 'cat'], 'typed\n');
    expect(cat).toMatchObject({ code: 0, stdout: 'typed\n' });
    const failing = await cluster.tryKubectl(['exec', 'port', '--', 'sh', '-c', 'echo no >&2; exit 3']);
    expect(failing).toMatchObject({ code: 3, stdout: '' });
    expect(failing.stderr).toContain('no\n');
    const large = await cluster.kubectl('exec', 'port', '--', 'sh', '-c', 'yes 0123456789 | head -n 100000');
    expect(large).toHaveLength(1_100_000);
  });

  suite.scenario('a restarted kubelet goes on with what runs', async () => {
    const cluster = suite.cluster();
    const before = await containers();
    expect(before.map(({ containerID }) => containerID?.split(':')[0])).toEqual(Array(3).fill('containerd'));
    await cluster.run('restart', 'kubelet');
    await cluster.apply(AFTERWARDS);
    await eventually(async () => (await cluster.kubectl('get', 'pod', 'afterwards')).includes('Completed'), 60_000);
    expect((await containers()).map(({ containerID }) => containerID)).toEqual(before.map((each) => each.containerID));
  });

  suite.scenario('nothing is left of pods that were deleted', async () => {
    const cluster = suite.cluster();
    await cluster.kubectl('delete', 'pods', '--all', '--force', '--grace-period=0');
    await eventually(async () => (await ctr(cluster, 'containers', 'list', '-q')) === '', 90_000);
    await eventually(() => inHome(cluster, 'log', 'pods').length === 0);
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    expect(mounts.filter((line) => line.includes(join(cluster.home, 'containerd')))).toEqual([]);
    expect(inHome(cluster, 'containerd', 'state', 'io.containerd.grpc.v1.cri', 'netns')).toEqual([]);
    expect(inHome(cluster, 'network', 'node1', 'cni', 'minik8s').filter((name) => /^\d/.test(name))).toEqual([]);
    const { stdout } = await command('ip', ['-o', 'link', 'show', 'master', clusterFacts(cluster).bridgeName]);
    expect(stdout).toBe('');
  });
});
