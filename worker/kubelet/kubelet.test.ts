/** The kubelet as a whole, over the API in memory and the simulated runtime. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container, EnvVar, PodSpec } from 'kubernetes-types/core/v1';
import { leaseResource } from '../../helper/api/coordination/lease';
import { configMapResource } from '../../helper/api/core/config-map';
import { eventResource } from '../../helper/api/core/event';
import { nodeResource } from '../../helper/api/core/node';
import { type Pod, podResource } from '../../helper/api/core/pod';
import { FakeClient } from '../../helper/client/fake-client';
import { silentLogger } from '../../helper/process/log';
import { createSimulatedNetwork } from '../network/simulated-network';
import type { Runtime } from '../runtime/runtime';
import { createSimulatedRuntime } from '../runtime/simulated-runtime';
import { type Kubelet, startKubelet } from './kubelet';

const LIMIT_MS = 8000;
jest.setTimeout(2 * LIMIT_MS);

async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${LIMIT_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

let home: string;
let client: FakeClient;
let runtime: Runtime;
let kubelet: Kubelet | undefined;

async function start(): Promise<void> {
  const network = createSimulatedNetwork();
  runtime = createSimulatedRuntime({ network, stateFile: join(home, 'runtime.json') });
  const settings = {
    home,
    projectRoot: '/',
    nodeName: 'node1',
    nodeIp: '192.0.2.1',
    kubeletPort: 10250,
    nodeGraceSeconds: 40,
    apiServerUrl: 'https://192.0.2.1:6443',
    podCidr: '10.244.0.0/16',
    unsafeSysctls: [],
    staticPodPath: join(home, 'manifests'),
    serviceCidrs: ['10.96.0.0/12'],
    clusterDomain: 'cluster.local',
  };
  kubelet = await startKubelet({ settings, client, runtime, network, log: silentLogger() });
}

async function stop(): Promise<void> {
  await kubelet?.stop();
  await runtime.close();
  kubelet = undefined;
}

/** What the node controller does. */
async function giveRange(): Promise<void> {
  await until('the node is registered', () => client.stored(nodeResource)[0]);
  await client.patch(nodeResource, '', 'node1', 'merge', { spec: { podCIDR: '10.244.1.0/24' } });
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'kubelet-'));
  client = new FakeClient();
  client.seed(configMapResource, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cfg', namespace: 'default' },
    data: { color: 'red' },
  });
  await start();
  await giveRange();
});

afterEach(async () => {
  await stop();
  rmSync(home, { recursive: true, force: true });
});

const sim = (values: Record<string, string>): EnvVar[] =>
  Object.entries(values).map(([name, value]) => ({ name: `MINIK8S_SIM_${name}`, value }));

async function create(name: string, container: Partial<Container> = {}, spec: Partial<PodSpec> = {}): Promise<Pod> {
  const containers = [{ name: 'web', image: 'busybox:1', imagePullPolicy: 'IfNotPresent', ...container }];
  return client.create(podResource, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { nodeName: 'node1', restartPolicy: 'Always', terminationGracePeriodSeconds: 1, containers, ...spec },
  });
}

const stored = (name: string) => client.stored(podResource).find(({ metadata }) => metadata.name === name);
const web = (name: string) => stored(name)?.status?.containerStatuses?.[0];
const isReady = (name: string) =>
  stored(name)?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
const events = (reason: string) => client.stored(eventResource).filter((event) => event.reason === reason);

describe('the node', () => {
  test('is Ready as soon as it has its pod range', async () => {
    const node = await until('Ready', () =>
      client
        .stored(nodeResource)
        .find(({ status }) =>
          status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
        ),
    );
    expect(node.metadata.labels).toMatchObject({
      'kubernetes.io/hostname': 'node1',
    });
    expect(node.status).toMatchObject({
      addresses: [
        { type: 'InternalIP', address: '192.0.2.1' },
        { type: 'Hostname', address: 'node1' },
      ],
      capacity: { pods: '110' },
      nodeInfo: { kubeletVersion: 'v1.32.0+minik8s', containerRuntimeVersion: 'simulated://1' },
    });
    await until('a lease', () => client.stored(leaseResource)[0]);
  });
});

describe('a pod', () => {
  test('runs, is ready and has an address', async () => {
    await create('a');
    await until('Ready', () => isReady('a'));
    expect(stored('a')?.status).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^10\.244\.1\./) });
    expect(web('a')).toMatchObject({ ready: true, restartCount: 0, containerID: expect.stringMatching(/^simulated:/) });
    await until('events', () => events('Started')[0]);
    expect(events('Started')[0]).toMatchObject({
      message: 'Started container web',
      involvedObject: { fieldPath: 'spec.containers{web}' },
    });
    expect(events('Pulled')[0]?.message).toMatch(/^Successfully pulled image "busybox:1" in /);
  });

  test('that ends under Never succeeds or fails', async () => {
    await create('good', { env: sim({ EXIT_AFTER_SECONDS: '0.01' }) }, { restartPolicy: 'Never' });
    await create('bad', { env: sim({ EXIT_AFTER_SECONDS: '0.01', EXIT_CODE: '3' }) }, { restartPolicy: 'Never' });
    await until('Succeeded', () => stored('good')?.status?.phase === 'Succeeded');
    await until('Failed', () => stored('bad')?.status?.phase === 'Failed');
    expect(web('bad')?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  });

  test('that crashes is restarted once at once, then backs off', async () => {
    await create('crash', { env: sim({ EXIT_AFTER_SECONDS: '0.01', EXIT_CODE: '1' }) });
    await until('CrashLoopBackOff', () => web('crash')?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(web('crash')).toMatchObject({
      restartCount: 1,
      state: {
        waiting: { message: expect.stringMatching(/^back-off 10s restarting failed container=web pod=crash_default/) },
      },
      lastState: { terminated: { exitCode: 1 } },
    });
    await until('the event', () => events('BackOff')[0]);
  });

  test('whose image cannot be had waits with the reason', async () => {
    await create('lost', { image: 'missing:1' });
    await until('ErrImagePull', () => web('lost')?.state?.waiting?.reason === 'ErrImagePull');
    await until('ImagePullBackOff', () => web('lost')?.state?.waiting?.reason === 'ImagePullBackOff');
    expect(web('lost')?.state?.waiting?.message).toMatch(/^Back-off pulling image "missing:1": ErrImagePull: /);
    expect(stored('lost')?.status?.phase).toBe('Pending');
  });

  test('whose command does not exist shows RunContainerError, then backs off', async () => {
    await create('nocmd', { command: ['nonexistent'] });
    await until('back-off', () => web('nocmd')?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(web('nocmd')?.lastState?.terminated?.message).toMatch(/executable file not found/);
  });

  test('waits for a ConfigMap and starts the moment it appears', async () => {
    await create('cfg', { envFrom: [{ configMapRef: { name: 'later' } }] });
    await until('the reason', () => web('cfg')?.state?.waiting?.reason === 'CreateContainerConfigError');
    expect(web('cfg')?.state?.waiting?.message).toBe('configmap "later" not found');
    await client.create(configMapResource, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'later', namespace: 'default' },
    });
    await until('Ready', () => isReady('cfg'));
  });

  test('sees a changed ConfigMap in its volume', async () => {
    const pod = await create('vol', {}, { volumes: [{ name: 'v', configMap: { name: 'cfg' } }] });
    await until('Ready', () => isReady('vol'));
    const file = join(home, 'kubelet/pods', pod.metadata.uid ?? '', 'volumes/kubernetes.io~configmap/v/color');
    expect(readFileSync(file, 'utf8')).toBe('red');
    await client.patch(configMapResource, 'default', 'cfg', 'merge', { data: { color: 'blue' } });
    await until('the new contents', () => readFileSync(file, 'utf8') === 'blue');
  });

  test('with a claim that is not there waits, with the event', async () => {
    await create('claim', {}, { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] });
    const event = await until('FailedMount', () => events('FailedMount')[0]);
    expect(event.message).toContain('persistentvolumeclaims "c" not found');
    expect(web('claim')?.state?.waiting?.reason).toBe('ContainerCreating');
  });

  test('runs its init containers in order', async () => {
    const ended = { image: 'busybox:1', env: sim({ EXIT_AFTER_SECONDS: '0.01' }) };
    await create(
      'init',
      {},
      {
        initContainers: [
          { name: 'one', ...ended },
          { name: 'two', ...ended },
        ],
      },
    );
    await until('Ready', () => isReady('init'));
    const ends = stored('init')?.status?.initContainerStatuses ?? [];
    expect(ends.map(({ state }) => state?.terminated?.reason)).toEqual(['Completed', 'Completed']);
  });

  test('gets an ephemeral container beside the others, which is not restarted', async () => {
    await create('looked-at');
    await until('Ready', () => isReady('looked-at'));
    const ephemeralContainers = [
      { name: 'debugger', image: 'busybox:1', targetContainerName: 'web', env: sim({ EXIT_AFTER_SECONDS: '0.01' }) },
    ];
    await client.patch(podResource, 'default', 'looked-at', 'merge', { spec: { ephemeralContainers } });
    const ended = await until('its end', () => {
      const status = stored('looked-at')?.status?.ephemeralContainerStatuses?.[0];
      return status?.state?.terminated && status;
    });
    expect(ended).toMatchObject({ name: 'debugger', ready: false, restartCount: 0 });
    await until('its event', () => events('Started').some(({ message }) => message === 'Started container debugger'));
    expect(stored('looked-at')?.status?.phase).toBe('Running');
    expect(isReady('looked-at')).toBe(true);
  });

  test('that is deleted ends, leaves a final status, and is gone with all it had', async () => {
    const pod = await create('gone');
    await until('Ready', () => isReady('gone'));
    await client.delete(podResource, 'default', 'gone');
    await until('gone from the API', () => stored('gone') === undefined);
    await until('gone from the runtime', async () => (await runtime.listSandboxes(pod.metadata.uid)).length === 0);
    await until('gone from the disk', () => !existsSync(join(home, 'kubelet/pods', pod.metadata.uid ?? '')));
    const event = await until('the event', () => events('Killing')[0]);
    expect(event.message).toBe('Stopping container web');
  });

  test('that is deleted by force is cleaned up', async () => {
    const pod = await create('force');
    await until('Ready', () => isReady('force'));
    await client.delete(podResource, 'default', 'force', { gracePeriodSeconds: 0 });
    await until('no container', async () => (await runtime.listContainers(pod.metadata.uid)).length === 0);
  });

  test('is not ready until its probe says so, and dies of its liveness probe', async () => {
    const exec = { command: ['true'] };
    await create('probe', { readinessProbe: { exec, periodSeconds: 1 } });
    await until('Ready', () => isReady('probe'));
    const livenessProbe = { exec, periodSeconds: 1, failureThreshold: 1 };
    await create('sick', { livenessProbe, env: sim({ EXEC_EXIT_CODE: '1' }) });
    await until('a restart', () => (web('sick')?.restartCount ?? 0) > 0);
    expect(events('Unhealthy')[0]?.message).toMatch(/^Liveness probe failed/);
  });
});

describe('a restarted kubelet', () => {
  test('adopts what runs, ends what was deleted meanwhile', async () => {
    const kept = await create('kept');
    const lost = await create('lost');
    await until('both Ready', () => isReady('kept') && isReady('lost'));
    const before = web('kept');
    await stop();
    await client.delete(podResource, 'default', 'lost', { gracePeriodSeconds: 0 });
    await start();
    await until('no orphan', async () => (await runtime.listSandboxes(lost.metadata.uid)).length === 0);
    const [container] = await runtime.listContainers(kept.metadata.uid);
    expect(container?.state).toBe('running');
    expect(web('kept')).toEqual(before);
  });

  test('restarts a pod whose sandbox died', async () => {
    const pod = await create('box');
    await until('Ready', () => isReady('box'));
    const [sandbox] = await runtime.listSandboxes(pod.metadata.uid);
    await runtime.stopSandbox(sandbox?.id ?? '');
    await until('restarted', () => isReady('box') && web('box')?.restartCount === 1);
  });
});

describe('a shutdown of the machine', () => {
  const readyCondition = () => client.stored(nodeResource)[0]?.status?.conditions?.find(({ type }) => type === 'Ready');

  async function restartWith(configuration: string): Promise<void> {
    await stop();
    writeFileSync(
      join(home, 'kubelet', 'config.yaml'),
      `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${configuration}\n`,
    );
    await start();
    await until('the node is Ready', () => readyCondition()?.status === 'True');
  }

  test('ends pods by priority, says why, and takes no more', async () => {
    await restartWith('shutdownGracePeriod: 6s\nshutdownGracePeriodCriticalPods: 3s');
    const slow = { env: sim({ STOP_SECONDS: '0.3' }) };
    await create('critical', slow, { priority: 2_000_000_000 });
    await create('plain', slow);
    await until('both Ready', () => isReady('critical') && isReady('plain'));
    const ended = kubelet?.shutdown.begin();
    await until('the node says so', () => readyCondition()?.message === 'node is shutting down');
    expect(readyCondition()).toMatchObject({ status: 'False', reason: 'KubeletNotReady' });
    await create('late');
    await until('the late one is refused', () => stored('late')?.status?.phase === 'Failed');
    expect(stored('late')?.status).toMatchObject({
      reason: 'NodeShutdown',
      message: 'Pod was rejected: Pod was rejected as the node is shutting down.',
    });
    await ended;
    for (const name of ['plain', 'critical']) {
      expect(stored(name)?.status).toMatchObject({
        phase: 'Failed',
        reason: 'Terminated',
        message: 'Pod was terminated in response to imminent node shutdown.',
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }),
        ]),
      });
    }
    const endOf = (name: string) => Date.parse(web(name)?.state?.terminated?.finishedAt ?? '');
    expect(endOf('plain')).toBeLessThanOrEqual(endOf('critical'));
    const state = JSON.parse(readFileSync(join(home, 'kubelet', 'graceful_node_shutdown_state'), 'utf8'));
    expect(Date.parse(state.endTime) - Date.parse(state.startTime)).toBeGreaterThanOrEqual(600);
    kubelet?.shutdown.callOff();
    await until('Ready again', () => readyCondition()?.status === 'True');
    await until('both events', () => events('NodeShutdown').length > 0);
  });

  test('that nobody gave any time waits for no pod', async () => {
    await create('goes-on');
    await until('Ready', () => isReady('goes-on'));
    await kubelet?.shutdown.begin();
    expect(isReady('goes-on')).toBe(true);
    expect(readyCondition()?.status).toBe('True');
  });
});

test('statuses wait while the API server is away', async () => {
  client.failNext('updateStatus', new Error('connection refused'), 3);
  await create('later');
  await until('Ready', () => isReady('later'));
});

test('a static pod runs from its file, is shown by a mirror that comes back, and ends with the file', async () => {
  const file = join(home, 'manifests', 'web.yaml');
  writeFileSync(
    file,
    'apiVersion: v1\nkind: Pod\nmetadata: {name: own}\nspec: {containers: [{name: web, image: "busybox:1"}]}\n',
  );
  const mirror = await until('a running mirror', () => {
    const found = stored('own-node1');
    return found?.status?.phase === 'Running' ? found : undefined;
  });
  expect(mirror.metadata).toMatchObject({
    annotations: { 'kubernetes.io/config.source': 'file' },
    ownerReferences: [{ kind: 'Node', name: 'node1', controller: true }],
  });
  const uid = mirror.metadata.annotations?.['kubernetes.io/config.mirror'];
  expect((await runtime.listContainers(uid)).map(({ name }) => name)).toEqual(['web']);
  await client.delete(podResource, 'default', 'own-node1', { gracePeriodSeconds: 0 });
  await until('another mirror', () => {
    const found = stored('own-node1');
    return found && found.metadata.uid !== mirror.metadata.uid && found.status?.phase === 'Running';
  });
  rmSync(file);
  await until(
    'no mirror and no container',
    async () => !stored('own-node1') && (await runtime.listContainers(uid)).length === 0,
  );
});
