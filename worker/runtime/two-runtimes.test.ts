/** Two runtimes as one: which has a pod, what is asked of both, what a restarted kubelet finds. */
import { createSimulatedNetwork } from '../network/simulated-network';
import type { ContainerConfig, ImageStatus, Runtime, RuntimeEvent, RuntimeInfo, SandboxConfig } from './runtime';
import { createSimulatedRuntime } from './simulated-runtime';
import { choiceFor, createTwoRuntimes, mergeImages } from './two-runtimes';

const DOCKER = { name: 'docker', handlers: ['docker', 'runc'], cgroupDriver: 'cgroupfs' } as const;
const CONTAINERD = { name: 'containerd', handlers: ['containerd', 'runc', 'kata'], cgroupDriver: 'cgroupfs' } as const;

test.each([
  ['', 0],
  ['docker', 0],
  ['runc', 0],
  ['containerd', 1],
  ['kata', 1],
  ['nobody', 0],
])('choiceFor(%j) is runtime %i', (handler, expected) => {
  expect(choiceFor(handler, [DOCKER, CONTAINERD])).toBe(expected);
});

test('mergeImages() counts an image that both have once, with the space of both', () => {
  const image = (id: string, tag: string): ImageStatus => ({ id, tags: [tag], digests: [], sizeBytes: 5, user: '' });
  expect(mergeImages([[image('a', 'x:1')], [image('a', 'y:1'), image('b', 'z:1')]])).toEqual([
    { ...image('a', 'x:1'), tags: ['x:1', 'y:1'], sizeBytes: 10, isPinned: false },
    image('b', 'z:1'),
  ]);
});

/** A simulated runtime under another's name. */
async function named(facts: Partial<RuntimeInfo>): Promise<Runtime> {
  const network = createSimulatedNetwork();
  await network.setPodCidr('10.244.0.0/24');
  const runtime = createSimulatedRuntime({ network });
  const info = runtime.info.bind(runtime);
  runtime.info = async () => ({ ...(await info()), ...facts });
  return runtime;
}

const sandboxOf = (uid: string, runtimeHandler?: string): SandboxConfig => ({
  pod: { uid, namespace: 'default', name: uid },
  attempt: 0,
  hostname: uid,
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  sharePid: false,
  portMappings: [],
  sysctls: {},
  cgroupParent: '',
  ...(runtimeHandler === undefined ? {} : { runtimeHandler }),
  labels: {},
});

const container: ContainerConfig = {
  name: 'a',
  attempt: 0,
  image: 'busybox',
  command: ['sleep', '1000'],
  args: [],
  env: [],
  mounts: [],
  resources: {},
  supplementalGroups: [],
  privileged: false,
  readOnlyRootFilesystem: false,
  addCapabilities: [],
  dropCapabilities: [],
  noNewPrivileges: false,
  unmaskProc: false,
  stdin: false,
  stdinOnce: false,
  tty: false,
  specHash: 'h',
  labels: {},
};

describe('createTwoRuntimes()', () => {
  let docker: Runtime;
  let containerd: Runtime;
  let both: Runtime;
  beforeEach(async () => {
    docker = await named(DOCKER);
    containerd = await named(CONTAINERD);
    both = createTwoRuntimes(docker, containerd);
    for (const runtime of [docker, containerd]) await runtime.pullImage('busybox');
  });
  afterEach(() => both.close());

  async function run(uid: string, handler?: string) {
    const sandbox = await both.runSandbox(sandboxOf(uid, handler));
    return { sandbox, started: await both.startContainer(sandbox, container) };
  }
  const podsOf = async (runtime: Runtime) => (await runtime.listSandboxes()).map(({ pod }) => pod.uid).sort();

  test('runs a pod where its handler belongs, and says so in its containers', async () => {
    const plain = await run('plain');
    const asked = await run('asked', 'containerd');
    expect([await podsOf(docker), await podsOf(containerd), await podsOf(both)]).toEqual([
      ['plain'],
      ['asked'],
      ['asked', 'plain'],
    ]);
    expect([plain.started.runtimeName, asked.started.runtimeName]).toEqual([undefined, 'containerd']);
    expect([both.of?.('plain'), both.of?.('asked'), both.of?.('unknown')]).toEqual([docker, containerd, docker]);
    expect((await both.info()).name).toBe('docker');
  });

  test('a restarted kubelet finds each pod in the runtime that has it', async () => {
    const { sandbox, started } = await run('asked', 'containerd');
    const again = createTwoRuntimes(docker, containerd);
    await again.stopContainer(started.id, 0);
    expect((await again.listContainers('asked')).map(({ state, runtimeName }) => [state, runtimeName])).toEqual([
      ['exited', 'containerd'],
    ]);
    await again.removeSandbox(sandbox.id);
    expect([await podsOf(again), await again.listContainers()]).toEqual([[], []]);
  });

  test('asks one runtime for a pod that is known, both for one that is not', async () => {
    await run('plain');
    const asked = jest.spyOn(containerd, 'listSandboxes');
    expect(await both.listSandboxes('plain')).toHaveLength(1);
    expect(asked).not.toHaveBeenCalled();
    expect(await both.listSandboxes('other')).toEqual([]);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('events of both arrive', async () => {
    const events: RuntimeEvent[] = [];
    const stop = both.watchEvents({ onEvent: (event) => events.push(event), onResync: () => {} });
    await run('plain');
    await run('asked', 'containerd');
    const seen = () => new Set(events.map(({ podUid }) => podUid)).size;
    for (const deadline = Date.now() + 2000; seen() < 2 && Date.now() < deadline; ) await new Promise(setImmediate);
    stop();
    expect(seen()).toBe(2);
  });

  test('a list that one of them cannot give is no list', async () => {
    jest.spyOn(containerd, 'listContainers').mockRejectedValue(new Error('away'));
    await expect(both.listContainers()).rejects.toThrow('away');
  });

  test('refuses a runtime that names control groups otherwise', async () => {
    const odd = createTwoRuntimes(docker, await named({ ...CONTAINERD, cgroupDriver: 'systemd' }));
    await expect(odd.runSandbox(sandboxOf('asked', 'kata'))).rejects.toMatchObject({
      reason: 'CreatePodSandboxError',
      message: `the cgroup drivers of this node's runtimes differ: docker has "cgroupfs", containerd has "systemd"`,
    });
  });

  test('an image is removed from each runtime that has it', async () => {
    const [image] = await both.listImages();
    await both.removeImage(image?.id ?? '');
    expect([await docker.listImages(), await containerd.listImages()]).toEqual([[], []]);
  });
});
