/**
 * Pods as Kubernetes runs them, on real containers, looked at from outside: status, events, logs, /proc, the runtime's own tools. The same
 * for every runtime.
 *
 * One cluster, all pods created at once; each scenario then waits for its own. What containers do when, they write as times
 * into a folder of the host.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1';
import { type Cluster, type ClusterOptions, clusterFacts, eventually, httpGet } from './cluster';
import { type Need, oneCluster, type Scenario } from './one-cluster';
import { PODS } from './pods.fixture';

export interface PodSuite extends ClusterOptions {
  readonly needs: readonly Need[];
  /** what the runtime says of a container that could not be started */
  readonly startFailure: string;
  /** a port of the host that no other suite takes */
  readonly hostPort: number;
  /** names of the namespaces a container shares with the host, as the runtime's own tool shows them */
  hostNamespaces(cluster: Cluster, containerId: string): Promise<string[]>;
}

/** Declares the tests; returns the way to declare further ones on the same cluster. */
export function podSuite(suite: PodSuite): { scenario: Scenario; cluster: () => Cluster } {
  let cluster: Cluster;
  const scenario = oneCluster(suite, async (started) => {
    cluster = started;
    const pods = PODS.replaceAll('$TIMES', join(cluster.home, 'times')).replaceAll('$PORT', String(suite.hostPort));
    await cluster.apply(pods);
  });

  const pod = async (name: string) => JSON.parse(await cluster.kubectl('get', 'pod', name, '-o', 'json')) as Pod;
  const until = (name: string, isSo: (pod: Pod) => unknown) =>
    eventually(async () => {
      const found = await pod(name);
      return isSo(found) ? found : undefined;
    }, 90_000);
  const untilPhase = (name: string, phase: string) => until(name, ({ status }) => status?.phase === phase);
  const status = ({ status }: Pod, container: string): Partial<ContainerStatus> =>
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
      ({ name }) => name === container,
    ) ?? {};
  const condition = ({ status }: Pod, type: string) => status?.conditions?.find((each) => each.type === type)?.status;
  const logs = (name: string, container: string) => cluster.kubectl('logs', name, '-c', container);
  const untilEvent = (name: string, reason: string, message: string) =>
    eventually(async () => {
      const selector = `involvedObject.name=${name},reason=${reason}`;
      return (await cluster.kubectl('get', 'events', '--field-selector', selector)).includes(message);
    }, 90_000);
  /** Those every Docker knows, of a /proc/PID/status. */
  const capabilities = (text: string) =>
    BigInt.asUintN(38, BigInt(`0x${/CapEff:\s+([0-9a-f]+)/.exec(text)?.[1]}`)).toString(16);
  /** when something happened in the pod, in seconds of /proc/uptime */
  const time = (what: string) => Number(readFileSync(join(cluster.home, 'times', what), 'utf8').split(' ')[0]);

  scenario('sidecars and hooks come up in order, and go down in the other', async () => {
    const up = await untilPhase('ordered', 'Running');
    expect(up.status?.initContainerStatuses?.map(({ ready }) => ready)).toEqual([true, true, true, true]);
    await until('ordered', (found) => condition(found, 'Ready') === 'True');
    await cluster.kubectl('delete', 'pod', 'ordered', '--timeout=60s');
    const order = [
      'init',
      'first',
      'last-init',
      'second',
      'post',
      'second-app',
      'pre',
      'app-end',
      'second-end',
      'first-end',
    ];
    expect([...order].sort((a, b) => time(a) - time(b))).toEqual(order);
    expect(time('last-init') - time('first')).toBeGreaterThan(0.5);
  });

  scenario('a pod whose work is done ends its sidecar, whose exit code says nothing', async () => {
    expect(status(await untilPhase('job', 'Succeeded'), 'helper').state?.terminated?.exitCode).toBe(3);
  });

  scenario('the reasons, codes and last words of containers that ended', async () => {
    const found = await untilPhase('endings', 'Failed');
    const ended = (name: string) => status(found, name).state?.terminated;
    expect(ended('custom')).toMatchObject({ exitCode: 0, reason: 'Completed', message: 'DONE' });
    expect(ended('logged')).toMatchObject({ exitCode: 3, reason: 'Error', message: 'LOGGED' });
    expect(ended('silent')?.message).toBeUndefined();
    expect(ended('missing')).toMatchObject({ reason: suite.startFailure });
    expect(ended('hungry')).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  scenario('init containers: a failure ends a pod that never restarts, and is tried again elsewhere', async () => {
    expect(status(await untilPhase('init-never', 'Failed'), 'a').state?.waiting?.reason).toBe('PodInitializing');
    const found = await until('init-again', (each) => (status(each, 'i').restartCount ?? 0) >= 1);
    expect([found.status?.phase, condition(found, 'Initialized')]).toEqual(['Pending', 'False']);
  });

  scenario('probes restart, and take readiness away while a pod ends', async () => {
    await untilEvent('liveness', 'Unhealthy', 'Liveness probe failed: command "sleep 10" timed out');
    await untilEvent('liveness', 'Killing', 'Container a failed liveness probe, will be restarted');
    await until('liveness', (each) => (status(each, 'a').restartCount ?? 0) >= 1);
    await untilEvent('grpc', 'Unhealthy', 'Liveness probe failed: timeout: failed to connect service');
    await until('ending', (each) => condition(each, 'Ready') === 'True');
    await cluster.kubectl('delete', 'pod', 'ending', '--wait=false');
    await until('ending', (each) => condition(each, 'Ready') === 'False' && each.status?.phase === 'Running');
  });

  scenario('a failed postStart hook kills its container; a deadline its pod', async () => {
    await untilEvent('post-start', 'FailedPostStartHook', 'PostStartHook failed');
    await untilEvent('post-start', 'Killing', 'FailedPostStartHook');
    expect((await untilPhase('deadline', 'Failed')).status).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  scenario('who a process is and what it may, container over pod', async () => {
    await untilPhase('secured', 'Succeeded');
    expect(await logs('secured', 'pod-user')).toContain('uid=1000 gid=3000 groups=2000,3000,4000');
    expect(await logs('secured', 'own-user')).toContain('uid=1001 gid=3001');
    const bare = await logs('secured', 'bare');
    expect(bare).toMatch(/CapEff:\s+0000000000000000/);
    expect(bare).toMatch(/NoNewPrivs:\s+1/);
    expect(bare).toMatch(/Seccomp:\s+2/);
    expect(bare).toContain('cannot write');
    expect(await logs('secured', 'pod-user')).toMatch(/Seccomp:\s+0/);
    await untilPhase('mighty', 'Succeeded');
    const mighty = await logs('mighty', 'a');
    // What the machine's root may, not all of which every machine gives.
    expect(capabilities(mighty)).toBe(capabilities(readFileSync('/proc/self/status', 'utf8')));
    expect(mighty).toMatch(/Seccomp:\s+0/);
    await until('not-root', (each) => status(each, 'a').state?.waiting?.reason === 'CreateContainerConfigError');
    await untilEvent(
      'not-root',
      'Failed',
      'container has runAsNonRoot and image will run as root (pod: "not-root_default(',
    );
  });

  scenario('names: hostname, hosts, resolv.conf', async () => {
    await untilPhase('named', 'Succeeded');
    const text = await logs('named', 'a');
    expect(text).toContain('box.sub.default.svc.cluster.local\n# Kubernetes-managed hosts file.');
    expect(text).toMatch(/\tbox\.sub\.default\.svc\.cluster\.local\tbox\n/);
    expect(text).toContain('# Entries added by HostAliases.\n123.45.67.89\tfoo\tbar\n');
    expect(text).toMatch(/nameserver \S+\.10\nnameserver 1\.1\.1\.1\nsearch default\.svc\.cluster\.local svc/);
    expect(text).toContain('options ndots:2');
    expect(await logs('on-host', 'a')).toContain('# Kubernetes-managed hosts file (host network).');
  });

  scenario('namespaces of the node, and of each other', async () => {
    const host = (await untilPhase('on-host', 'Running')).status;
    expect(host?.podIP).toBe(host?.hostIP);
    const id = host?.containerStatuses?.[0]?.containerID?.replace(/^\w+:\/\//, '') ?? '';
    expect(await suite.hostNamespaces(cluster, id)).toEqual(['ipc', 'network', 'pid']);
    await untilPhase('shared', 'Running');
    await eventually(async () =>
      (await cluster.kubectl('exec', 'shared', '-c', 'a', '--', 'ps')).includes('sleep 4712'),
    );
    expect(await cluster.kubectl('exec', 'shared', '-c', 'a', '--', 'ps')).toMatch(/^\s+1 .*pause/m);
  });

  scenario('a host port answers, and is given once', async () => {
    await untilPhase('port', 'Running');
    await eventually(async () =>
      (await httpGet(`http://${clusterFacts(cluster).nodeIp}:${suite.hostPort}/`)).includes('by port'),
    );
    await untilEvent('port-again', 'FailedScheduling', "didn't have free ports for the requested pod ports");
  });

  scenario('sysctls: safe ones are set, others end the pod', async () => {
    await untilPhase('sysctl', 'Succeeded');
    expect(await logs('sysctl', 'a')).toBe('1\n');
    expect((await untilPhase('sysctl-unsafe', 'Failed')).status).toMatchObject({
      reason: 'SysctlForbidden',
      message: 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
    });
  });

  scenario('the node refuses what does not fit it', async () => {
    const refused = (await untilPhase('too-big', 'Failed')).status;
    expect(refused?.reason).toBe('OutOfcpu');
    expect(refused?.message).toMatch(/^Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000, /);
    expect((await untilPhase('elsewhere', 'Failed')).status?.reason).toBe('NodeAffinity');
    expect((await untilPhase('windows', 'Failed')).status?.reason).toBe('PodOSNotSupported');
    await untilEvent('handler', 'FailedCreatePodSandBox', 'no-such-handler');
  });

  scenario('a static pod runs from its file, shows a mirror, and outlives its deletion', async () => {
    const file = join(cluster.home, 'kubelet', 'manifests', 'own.yaml');
    const spec = "containers: [{name: a, image: 'minik8s/base:1', command: [sh, -c, 'echo own; exec sleep 1000']}]";
    const grace = 'terminationGracePeriodSeconds: 1';
    writeFileSync(file, `{apiVersion: v1, kind: Pod, metadata: {name: own}, spec: {${grace}, ${spec}}}`);
    const name = `own-${(await cluster.kubectl('get', 'nodes', '-o', 'name')).trim().replace('node/', '')}`;
    const mirror = await eventually(async () => (await untilPhase(name, 'Running')).metadata, 60_000);
    expect(await eventually(() => logs(name, 'a'))).toBe('own\n');
    await cluster.kubectl('delete', 'pod', name, '--wait=false');
    const again = await until(name, ({ metadata }) => metadata?.uid !== mirror.uid);
    expect(again.metadata?.annotations).toEqual(mirror.annotations);
    rmSync(file);
    await eventually(async () => (await cluster.tryKubectl(['get', 'pod', name])).stderr.includes('not found'));
  });
  return { scenario, cluster: () => cluster };
}
