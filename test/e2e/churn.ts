/**
 * Pods of every kind come and go while the kubelet is killed at random moments; afterwards nothing of them may be left on the machine:
 * no container, folder, mount, cable, network namespace, address, control group.
 *
 * Four pods run with the other tests. Two hundred, in waves a small machine can bear, take about ten minutes:
 *
 *     CHAOS_PODS=200 npx jest test/e2e/faults.test.ts -t 'pods come and go' --selectProjects e2e
 *
 * The moments follow from a seed, which is printed when something is left; `CHAOS_SEED=…` plays the same ones again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostInterfaceOf } from '../../worker/network/pod-interface';
import { type Cluster, clusterFacts, command, eventually } from './cluster';

const CI_PODS = 4;
const WAVE = 10;
/** host ports begin with these digits */
const HOST_PORTS = '31[89]';
const FIRST_HOST_PORT = 31_800;

/** How many pods, and what to allow for them. */
export const CHURN_PODS = Number(process.env['CHAOS_PODS'] ?? CI_PODS);
export const CHURN_LIMIT_MS = 180_000 + CHURN_PODS * 10_000;
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 100_000);

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

interface Kind {
  /** a line of the pod's spec */
  readonly spec?: string;
  /** of its main container */
  readonly main: string;
}

/** What the main container does, by turns: it stays, ends, fails again and again, does not hear its stop signal, has a host port. */
const KINDS: readonly ((index: number) => Kind)[] = [
  () => ({ main: 'command: [sleep, "3600"]' }),
  () => ({ spec: 'restartPolicy: Never', main: 'command: [sh, -c, "sleep 1"]' }),
  () => ({ main: 'command: [sh, -c, "exit 1"]' }),
  () => ({ main: `command: [sh, -c, 'trap "" TERM; while true; do sleep 0.2; done']` }),
  (index) => ({
    main: `command: [sleep, "3600"]\n      ports: [{ containerPort: 80, hostPort: ${FIRST_HOST_PORT + index} }]`,
  }),
  () => ({ spec: 'shareProcessNamespace: true', main: 'command: [sleep, "3600"]' }),
];

/** A pod with every kind of thing that could be left behind: a memory volume, a subPath, an init container. */
function churningPod(name: string, index: number): string {
  const kind: Kind = KINDS[index % KINDS.length]?.(index) ?? { main: '' };
  const { spec = 'restartPolicy: Always', main } = kind;
  return `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: churn } }
spec:
  terminationGracePeriodSeconds: 1
  ${spec}
  volumes: [{ name: memory, emptyDir: { medium: Memory } }, { name: disk, emptyDir: {} }]
  initContainers: [{ name: first, image: "minik8s/base:1", command: ["true"] }]
  containers:
    - name: main
      image: minik8s/base:1
      ${main}
      resources: { requests: { cpu: 1m } }
      volumeMounts: [{ name: memory, mountPath: /memory }, { name: disk, mountPath: /disk, subPath: part }]
`;
}

/** Kills the kubelet at random moments until told to stop; the supervisor starts it again. Resolves with how often. */
function keepKilling(cluster: Cluster, random: () => number): { stop(): Promise<number> } {
  let isOver = false;
  const killing = (async () => {
    let kills = 0;
    while (!isOver || kills === 0) {
      // Twice while it starts, then when it has been at work for a while: it must get on between.
      const until = Date.now() + (kills % 3 === 2 ? 6000 + random() * 6000 : 300 + random() * 2500);
      while (Date.now() < until && !(isOver && kills > 0)) await pause(50);
      const [pid = ''] = readFileSync(join(cluster.home, 'run', 'kubelet.pid'), 'utf8').split(' ');
      process.kill(Number(pid), 'SIGKILL');
      kills += 1;
      // At once, not after the pause that a process which crashes again and again is given.
      await cluster.run('start', 'kubelet');
    }
    return kills;
  })();
  return {
    stop: () => {
      isOver = true;
      return killing;
    },
  };
}

async function runWave(cluster: Cluster, first: number, size: number, random: () => number): Promise<string[]> {
  const names = Array.from({ length: size }, (_, index) => `churn-${first + index}`);
  await cluster.apply(names.map((name, index) => churningPod(name, first + index)).join('---\n'));
  const uids = await cluster.kubectl('get', 'pods', ...names, '-o', 'jsonpath={.items[*].metadata.uid}');
  const folder = join(cluster.home, 'kubelet', 'pods');
  await eventually(() => readdirSync(folder).some((uid) => uids.includes(uid)), 60_000);
  await pause(random() * 5000);
  const [forced, gentle] = [names.filter((_, index) => index % 4 === 3), names.filter((_, index) => index % 4 !== 3)];
  await cluster.kubectl('delete', 'pods', ...gentle, '--wait=false');
  if (forced.length > 0) await cluster.kubectl('delete', 'pods', ...forced, '--grace-period=0', '--force');
  return uids.split(' ');
}

/** Plays all waves. Resolves when the API has no such pod any more, with the uids there were and how often the kubelet was killed. */
export async function churn(cluster: Cluster): Promise<{ uids: string[]; kills: number; seed: number }> {
  const random = randomFrom(SEED);
  const uids: string[] = [];
  const killer = keepKilling(cluster, random);
  try {
    for (let first = 0; first < CHURN_PODS; first += WAVE) {
      uids.push(...(await runWave(cluster, first, Math.min(WAVE, CHURN_PODS - first), random)));
    }
  } finally {
    await killer.stop();
  }
  await cluster.kubectl('wait', 'pods', '-l', 'app=churn', '--for=delete', '--timeout=120s');
  return { uids, kills: await killer.stop(), seed: SEED };
}

/** What there is on this machine of the pods with these uids: containers, folders, mounts, cables, addresses, control groups. */
async function tracesOf(cluster: Cluster, uids: readonly string[]): Promise<string[]> {
  const format = '{{.ID}} {{.Label "io.kubernetes.pod.uid"}}';
  const [all, links, groups] = await Promise.all([
    command('docker', ['ps', '-a', '--no-trunc', '--format', format]),
    command('ip', ['-o', 'link']),
    command('find', ['/sys/fs/cgroup', '-type', 'd', '-path', '*kubepods*', '-name', '*pod*']),
  ]);
  const folders = ['kubelet/pods', 'network/node1/pods'].flatMap((name) => readdirSync(join(cluster.home, name)));
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  const lines = [all.stdout, groups.stdout, mounts, folders.join('\n')].join('\n').split('\n');
  const cables = uids.map((uid) => hostInterfaceOf(clusterFacts(cluster).bridgeName, uid));
  return [
    ...lines.filter((line) => uids.some((uid) => line.includes(uid))),
    ...cables.filter((cable) => links.stdout.includes(cable)),
  ];
}

/** Looks until nothing is left and all counts are as before, or the time is up; what there is at the end. */
export async function leftovers(cluster: Cluster, uids: readonly string[], before: object, limitMs: number) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const left = { traces: await tracesOf(cluster, uids), counts: await countsOf(cluster) };
    const isClean = left.traces.length === 0 && JSON.stringify(left.counts) === JSON.stringify(before);
    if (isClean || Date.now() > deadline) return left;
    await pause(500);
  }
}

/** How much of everything there is on the machine: catches what carries no uid. What others also have is counted when this runs alone. */
export async function countsOf(cluster: Cluster): Promise<Readonly<Record<string, number>>> {
  const { bridgeName } = clusterFacts(cluster);
  const lines = async (file: string, ...args: string[]) =>
    (await command(file, args)).stdout.split('\n').filter((line) => line.trim() !== '').length;
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const own = {
    containers: await lines('docker', 'ps', '-aq', '--filter', `label=io.minik8s/cluster=${cluster.home}`),
    cables: await lines('ip', '-o', 'link', 'show', 'master', bridgeName),
    mounts: mounts.filter((line) => line.includes(cluster.home)).length,
    folders: readdirSync(join(cluster.home, 'kubelet', 'pods')).length,
    addresses: readdirSync(join(cluster.home, 'network', 'node1', 'pods')).length,
    hostPortRules: await lines('sh', '-c', `iptables-save -t nat | grep 'dport ${HOST_PORTS}' || true`),
  };
  if (CHURN_PODS === CI_PODS) return own;
  return {
    ...own,
    volumes: await lines('docker', 'volume', 'ls', '-q'),
    networkNamespaces: await lines('lsns', '-t', 'net', '-n', '-o', 'NS'),
    keptNamespaces: mounts.filter((line) => line.startsWith('nsfs ')).length,
  };
}
