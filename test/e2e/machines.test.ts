/**
 * Several machines: a cluster of this host and two made of namespaces, joined as real ones are. Demonstrations 1, 3, 4 and 7 of the
 * classroom from hosts and from inside pods of each; then the API server is away, a machine is cut from the network and healed, another
 * is shut down, powered on, and taken out of the cluster.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, clusterFacts, command, eventually, httpGet, isRoutedHere, PROJECT_ROOT } from './cluster';
import { CLASSROOM, HOST, SERVICE_IP, TOLD } from './machines.fixture';
import { aDocker, aKubectl, oneCluster } from './one-cluster';

jest.setTimeout(240_000);

const NODES = ['node1', 'node2', 'node3'];
interface Placed {
  readonly name: string;
  readonly node: string;
  readonly ip: string;
}

let cluster: Cluster;
let nodePort = '';

const UP = {
  args: ['--nodes', '3', '--no-install'],
  env: { MINIK8S_NODE_GRACE_SECONDS: '6', MINIK8S_POD_EVICTION_SECONDS: '2' },
};
const scenario = oneCluster({ ...UP, needs: [aDocker, aKubectl, namespaces] }, async (started) => {
  cluster = started;
  await cluster.run('images', 'build', '--no-pull', 'nginx');
  const file = join(cluster.home, 'classroom.yaml');
  writeFileSync(file, CLASSROOM);
  const { code, stdout, stderr } = await cluster.run('kubectl', 'start', '-f', file);
  if (code !== 0) throw new Error(`start -f failed:\n${stdout}${stderr}`);
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  nodePort = await cluster.kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}');
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

/** What a command prints on a machine; node1 is this host. */
async function on(machine: string, ...words: string[]): Promise<string> {
  const [program = '', ...args] = words;
  if (machine === 'node1') return (await command(program, args)).stdout;
  const [pid = ''] = readFileSync(join(cluster.home, 'machines', machine, 'init.pid'), 'utf8').split(' ');
  return (await command('nsenter', ['-t', pid, '-n', '-m', ...words])).stdout;
}

/** What busybox's wget gets on a machine of namespaces; '' when nothing answers. */
const getOn = async (machine: string, url: string): Promise<string> =>
  (await on(machine, 'timeout', '3', 'busybox', 'wget', '-q', '-O', '-', url)).trim();
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
  const url = `http://${SERVICE_IP}:88/`;
  expect(await isRoutedHere(cluster, SERVICE_IP)).toBe(true);
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

scenario('pods of the strategy roundrobin land on different nodes, and show nodes lists all machines', async () => {
  const nodes = await cluster.kubectl('get', 'pod', 'cart', 'stock', '-o', 'jsonpath={.items[*].spec.nodeName}');
  expect(new Set(nodes.split(' ')).size).toBe(2);
  const { stdout } = await cluster.run('kubectl', 'show', 'nodes');
  expect(stdout.match(/^node[123] +Running +https:\S+ +\S+ +\S*\d\S* +\S*\d\S*/gm)).toHaveLength(3);
});

scenario('a pod reaches a Service whose only endpoint is itself', async () => {
  expect(await getInPod('cart', 'http://cart-service:88/')).toBe('cart');
  expect(await getInPod('stock', 'http://stock-service:99/')).toBe('stock');
});

scenario('one host with two paths leads to two Services, from every machine and from pods of each', async () => {
  const address = await eventually(() =>
    cluster.kubectl('get', 'ingress', 'mall-dns', '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}'),
  );
  expect(await eventually(() => isRoutedHere(cluster, address))).toBe(true);
  const pods = await webPods();
  for (const name of ['cart', 'stock']) {
    const url = `http://${HOST}/${name}`;
    const ways = [
      () => getOnHost(url),
      () => getOn('node2', url),
      () => getOn('node3', url),
      ...NODES.map((node) => () => getInPod(pods.find((pod) => pod.node === node)?.name ?? '', url)),
    ];
    for (const ask of ways) await eventually(async () => (await ask()) === name);
  }
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

scenario('names and Services go on on every machine while the API server is away', async () => {
  const row = '{range .items[*]}{.spec.nodeName} {.status.containerStatuses[0].containerID}{"\\n"}{end}';
  const text = await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', `jsonpath=${row}`);
  const names = new Set((await webPods()).map(({ name }) => name));
  expect((await cluster.run('stop', 'api-server')).code).toBe(0);
  const answers = await Promise.all(
    // exec would need the API server.
    NODES.flatMap((node) => {
      const id = new RegExp(`^${node} docker://(\\S+)`, 'm').exec(text)?.[1] ?? '';
      return [
        on(node, 'docker', 'exec', id, 'wget', '-q', '-O', '-', 'http://web.default.svc.cluster.local:88/'),
        on(node, 'docker', 'exec', id, 'wget', '-q', '-O', '-', `http://${SERVICE_IP}:88/`),
        node === 'node1' ? getOnHost(`http://${SERVICE_IP}:88/`) : getOn(node, `http://${SERVICE_IP}:88/`),
      ];
    }),
  ).finally(() => cluster.run('start', 'api-server'));
  expect(answers.filter((answer) => !names.has(answer.trim()))).toEqual([]);
  await eventually(async () => (await cluster.tryKubectl(['get', '--raw', '/readyz'])).code === 0);
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
      Promise.all(Array.from({ length: 12 }, () => getOnHost(`http://${SERVICE_IP}:88/`, 2000)));
    await eventually(async () => (await answers()).every((answer) => answer !== ''));
    expect((await cluster.run('machine', 'heal', 'node2')).code).toBe(0);
    await eventually(async () => (await readyOf('node2')) === 'True', 60_000);
    await eventually(async () => {
      const pods = await webPods();
      return pods.length === 6 && pods.every(({ node }) => node !== 'node2');
    }, 60_000);
    // Its proxy has followed: the Service answers there from pods it had never heard of.
    const names = new Set((await webPods()).map(({ name }) => name));
    await eventually(async () => names.has(await getOn('node2', `http://${SERVICE_IP}:88/`)), 60_000);
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

scenario('powered on again it serves again; taken out of the cluster, it leaves nothing on the others', async () => {
  expect((await cluster.run('machine', 'start', 'node3')).code).toBe(0);
  await eventually(async () => (await readyOf('node3')) === 'True', 60_000);
  await cluster.kubectl('scale', 'deployment/web', '--replicas=9');
  const there = () => webPods().then((pods) => pods.find(({ node, ip }) => node === 'node3' && ip));
  const { name, ip } = await eventually(there, 60_000);
  for (const machine of ['node1', 'node2'])
    await eventually(async () => (await getOn(machine, `http://${ip}/`)) === name);
  const row = 'jsonpath={.spec.podCIDR} {.status.addresses[?(@.type=="InternalIP")].address}';
  const [podCidr = '', address = ''] = (await cluster.kubectl('get', 'node', 'node3', '-o', row)).split(' ');
  const subnet = podCidr.replace(/0\/\d+$/, '');
  const device = `flannel.${clusterFacts(cluster).portBase}`;
  const entries = async (machine: string) => {
    const shown = await Promise.all([
      on(machine, 'ip', 'route'),
      on(machine, 'bridge', 'fdb', 'show', 'dev', device),
      on(machine, 'ip', 'neigh', 'show', 'dev', device),
    ]);
    return shown.map((text) =>
      text.split('\n').filter((line) => line.includes(subnet) || line.includes(`${address} `)),
    );
  };
  expect((await entries('node2')).map((lines) => lines.length)).toEqual([1, 1, 1]);
  expect((await cluster.run('machine', 'remove', 'node3')).code).toBe(0);
  for (const machine of ['node1', 'node2'])
    await eventually(async () => (await entries(machine)).every((lines) => lines.length === 0));
  expect((await cluster.run('machine', 'list')).stdout).not.toContain('node3');
  expect(await cluster.kubectl('get', 'nodes', '-o', 'name')).toBe('node/node1\nnode/node2\n');
  await eventually(async () => {
    const pods = await webPods();
    return pods.length === 9 && pods.every(({ node, ip: given }) => node !== 'node3' && given);
  }, 60_000);
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
