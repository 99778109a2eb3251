/**
 * Several machines: a cluster of this host and two made of namespaces, joined as real ones are. Demonstrations 1, 3 and 4 of the
 * classroom from hosts and from inside pods; then a machine is cut from the network, and healed.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, clusterFacts, command, eventually, httpGet, isRoutedHere, PROJECT_ROOT } from './cluster';
import { aDocker, aKubectl, oneCluster } from './one-cluster';

jest.setTimeout(240_000);

const NODES = ['node1', 'node2', 'node3'];
const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 6
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: minik8s/base:1
          command: [sh, -c, 'mkdir /www && hostname >/www/index.html && exec httpd -f -p 80 -h /www']
          readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 88, targetPort: 80}]}
`;

/** Stays to tell what happened to it: nobody takes it off a node that is not ready. */
const TOLD = `
apiVersion: v1
kind: Pod
metadata: {name: told}
spec:
  nodeName: node3
  tolerations: [{operator: Exists}]
  containers: [{name: a, image: minik8s/base:1, command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.1; done']}]
`;

interface Placed {
  readonly name: string;
  readonly node: string;
  readonly ip: string;
}

let cluster: Cluster;
let serviceIp = '';
let nodePort = '';

const UP = {
  args: ['--nodes', '3', '--no-install'],
  env: { MINIK8S_NODE_GRACE_SECONDS: '6', MINIK8S_POD_EVICTION_SECONDS: '2' },
};
const scenario = oneCluster({ ...UP, needs: [aDocker, aKubectl, namespaces] }, async (started) => {
  cluster = started;
  await cluster.apply(MANIFEST);
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  const service = 'jsonpath={.spec.clusterIP} {.spec.ports[0].nodePort}';
  [serviceIp = '', nodePort = ''] = (await cluster.kubectl('get', 'service', 'web', '-o', service)).split(' ');
});

/** Why machines of namespaces cannot be had here; undefined when they can. */
async function namespaces(): Promise<string | undefined> {
  const flags = ['--net', '--mount', '--uts', '--ipc', '--pid', '--cgroup', '--fork', '--mount-proc'];
  const { code, stderr } = await command('unshare', [...flags, 'mount', '-t', 'sysfs', 'sysfs', '/sys']);
  return code === 0 ? undefined : `no machines of namespaces: ${stderr.trim()}`;
}

async function webPods(): Promise<Placed[]> {
  const row = '{range .items[*]}{.metadata.name} {.spec.nodeName} {.status.podIP}{"\\n"}{end}';
  const text = await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', `jsonpath=${row}`);
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name = '', node = '', ip = '']) => ({ name, node, ip }));
}

/** What busybox's wget gets on a machine of namespaces; '' when nothing answers. */
async function getOn(machine: string, url: string): Promise<string> {
  const [pid = ''] = readFileSync(join(cluster.home, 'machines', machine, 'init.pid'), 'utf8').split(' ');
  const get = ['timeout', '3', 'busybox', 'wget', '-q', '-O', '-', url];
  return (await command('nsenter', ['-t', pid, '-n', '-m', ...get])).stdout.trim();
}
const getInPod = async (pod: string, url: string): Promise<string> =>
  (await cluster.tryKubectl(['exec', pod, '--', 'timeout', '5', 'wget', '-q', '-O', '-', url])).stdout.trim();
const getOnHost = async (url: string, limitMs?: number): Promise<string> => (await httpGet(url, limitMs)).trim();

const readyOf = (node: string) =>
  cluster.kubectl('get', 'node', node, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}');

scenario('three machines are nodes, each with a kubelet, a proxy and a range of its own', async () => {
  const row = '{range .items[*]}{.metadata.name} {.spec.podCIDR}{"\\n"}{end}';
  const lines = (await cluster.kubectl('get', 'nodes', '-o', `jsonpath=${row}`)).trim().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(NODES);
  expect(new Set(lines.map((line) => line.split(' ')[1])).size).toBe(3);
  for (const node of NODES) expect(await readyOf(node)).toBe('True');
  // Once more is no harm, and finds all of them.
  expect((await cluster.run('up', '--nodes', '3', '--no-install')).code).toBe(0);
  const { stdout } = await cluster.run('machine', 'list');
  expect(stdout.match(/^node[23] +198\.18\.\d+\.[23] +on /gm)).toHaveLength(2);
  const requests = await cluster.kubectl('get', 'csr', '-o', 'jsonpath={.items[*].status.conditions[*].type}');
  expect(new Set(requests.split(' '))).toEqual(new Set(['Approved']));
});

scenario('every pod is reached from every machine and from pods of every machine', async () => {
  const pods = await webPods();
  expect(new Set(pods.map(({ node }) => node))).toEqual(new Set(NODES));
  const each = NODES.map((node) => pods.find((pod) => pod.node === node)).filter((pod) => pod !== undefined);
  expect(await isRoutedHere(cluster, each[0]?.ip ?? '')).toBe(true);
  for (const { name, ip } of each) {
    const url = `http://${ip}/`;
    const answers = await Promise.all([
      getOnHost(url),
      getOn('node2', url),
      getOn('node3', url),
      ...each.map((from) => getInPod(from.name, url)),
    ]);
    expect(answers).toEqual(Array(6).fill(name));
  }
});

scenario('a Service answers at its address, its name and its port, from hosts and from pods, and spreads', async () => {
  const pods = await webPods();
  const names = new Set(pods.map(({ name }) => name));
  const url = `http://${serviceIp}:88/`;
  expect(await isRoutedHere(cluster, serviceIp)).toBe(true);
  const answers = await Promise.all(Array.from({ length: 30 }, () => getOnHost(url)));
  expect(answers.filter((answer) => !names.has(answer))).toEqual([]);
  expect(new Set(answers).size).toBeGreaterThan(2);
  const { nodeIp } = clusterFacts(cluster);
  const port = `http://${nodeIp}:${nodePort}/`;
  const others = await Promise.all([
    getOn('node2', url),
    getOn('node3', url),
    getOnHost(port),
    getOn('node2', port),
    ...NODES.map((node) => getInPod(pods.find((pod) => pod.node === node)?.name ?? '', 'http://web:88/')),
  ]);
  expect(others.filter((answer) => !names.has(answer))).toEqual([]);
});

scenario('logs and exec lead to the kubelet of a machine that joined', async () => {
  const pod = (await webPods()).find(({ node }) => node === 'node3')?.name ?? '';
  expect((await cluster.kubectl('exec', pod, '--', 'hostname')).trim()).toBe(pod);
  expect((await cluster.tryKubectl(['logs', pod])).code).toBe(0);
});

scenario('the overlay finds everything in place after a restart, and puts back what was taken away', async () => {
  const peer = (await webPods()).find(({ node }) => node === 'node2');
  const url = `http://${peer?.ip}/`;
  expect((await cluster.run('stop', 'overlay')).code).toBe(0);
  expect(await getOnHost(url)).toBe(peer?.name);
  const device = `flannel.${clusterFacts(cluster).portBase}`;
  await command('ip', ['link', 'del', device]);
  expect((await cluster.run('start', 'overlay')).code).toBe(0);
  await eventually(async () => (await getOnHost(url)) === peer?.name);
});

scenario(
  'a machine that is cut off: its pods leave the Service and are replaced; healed, all is as before',
  async () => {
    expect((await cluster.run('machine', 'cut', 'node2')).code).toBe(0);
    await eventually(async () => (await readyOf('node2')) === 'Unknown');
    const elsewhere = async () => {
      const endpoints = 'jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].nodeName}';
      const nodes = (
        await cluster.kubectl('get', 'endpointslices', '-l', 'kubernetes.io/service-name=web', '-o', endpoints)
      ).split(' ');
      return nodes.length === 6 && !nodes.includes('node2');
    };
    await eventually(elsewhere, 60_000);
    const answers = async () =>
      Promise.all(Array.from({ length: 12 }, () => getOnHost(`http://${serviceIp}:88/`, 2000)));
    await eventually(async () => (await answers()).every((answer) => answer !== ''));
    expect((await cluster.run('machine', 'heal', 'node2')).code).toBe(0);
    await eventually(async () => (await readyOf('node2')) === 'True', 60_000);
    await eventually(async () => {
      const pods = await webPods();
      return pods.length === 6 && pods.every(({ node }) => node !== 'node2');
    }, 60_000);
    // Its proxy has followed: the Service answers there from pods it had never heard of.
    const names = new Set((await webPods()).map(({ name }) => name));
    await eventually(async () => names.has(await getOn('node2', `http://${serviceIp}:88/`)), 60_000);
  },
);

scenario('a machine that is shut down ends its pods first, and they say why', async () => {
  const configuration = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
  const file = join(cluster.home, 'machines', 'node3', 'home', 'kubelet', 'config.yaml');
  writeFileSync(file, JSON.stringify({ ...configuration, shutdownGracePeriod: '10s' }));
  const restart = ['machine', 'exec', 'node3', join(PROJECT_ROOT, 'run.sh'), 'restart', 'kubelet'];
  expect((await cluster.run(...restart)).code).toBe(0);
  await cluster.apply(TOLD);
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/told', '--timeout=60s');
  expect((await cluster.run('machine', 'stop', 'node3')).stdout).toContain('node3 is off, its pods ended first');
  const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].message}';
  expect(await cluster.kubectl('get', 'node', 'node3', '-o', ready)).toBe('node is shutting down');
  const words = 'jsonpath={.status.phase} {.status.reason} {.status.message}';
  expect(await cluster.kubectl('get', 'pod', 'told', '-o', words)).toBe(
    'Failed Terminated Pod was terminated in response to imminent node shutdown.',
  );
});

scenario('down --purge leaves nothing of the machines', async () => {
  const { portBase } = clusterFacts(cluster);
  expect((await cluster.run('down', '--purge')).code).toBe(0);
  const links = (await command('ip', ['-o', 'link'])).stdout;
  expect(links.split('\n').filter((line) => line.includes(`${portBase}`))).toEqual([]);
  expect(existsSync(`/run/netns/mk8s${portBase}`)).toBe(false);
  expect((await command('iptables-save', [])).stdout).not.toContain(`K${portBase}-`);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(cluster.home);
  const groups = readdirSync('/sys/fs/cgroup', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join('/sys/fs/cgroup', name)));
  expect(groups.filter((name) => name.startsWith(`minik8s-${portBase}`))).toEqual([]);
  expect(existsSync(cluster.home)).toBe(false);
});
