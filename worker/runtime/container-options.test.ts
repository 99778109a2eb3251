import { appContainerOptions, type JoinedSandbox, pauseContainerOptions } from './container-options';
import type { ContainerConfig, SandboxConfig } from './runtime';

const owner = { clusterId: 'c1', nodeName: 'n1' };
const pod = { uid: 'u1', namespace: 'default', name: 'web' };

const SANDBOX: SandboxConfig = {
  pod,
  attempt: 1,
  hostname: 'web',
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  sharePid: false,
  portMappings: [],
  sysctls: { 'net.core.somaxconn': '1024' },
  cgroupParent: '',
  labels: { app: 'web', 'io.minik8s/cluster': 'stolen' },
};

const JOINED: JoinedSandbox = {
  id: 'pause1',
  pod,
  hostNetwork: false,
  sharePid: false,
  hostPid: false,
  hostIpc: false,
  cgroupParent: '',
};

const CONFIG: ContainerConfig = {
  name: 'main',
  attempt: 2,
  image: 'nginx',
  command: [],
  args: [],
  env: ['A=1'],
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
  specHash: 'h1',
  labels: {},
};

const pause = (change: Partial<SandboxConfig>) =>
  pauseContainerOptions({ ...SANDBOX, ...change }, { owner, pauseImage: 'minik8s/pause:1', oomScoreAdj: -998 });
const app = (change: Partial<ContainerConfig>, sandbox: Partial<JoinedSandbox> = {}) =>
  appContainerOptions({ ...CONFIG, ...change }, { ...JOINED, ...sandbox }, { owner });

describe('pauseContainerOptions()', () => {
  test('makes a container without a network that others can join', () => {
    expect(pause({})).toEqual({
      name: 'k8s_POD_web_default_u1_1',
      Image: 'minik8s/pause:1',
      Hostname: 'web',
      NetworkDisabled: true,
      Labels: {
        app: 'web',
        'io.kubernetes.pod.name': 'web',
        'io.kubernetes.pod.namespace': 'default',
        'io.kubernetes.pod.uid': 'u1',
        'io.kubernetes.container.name': 'POD',
        'io.kubernetes.docker.type': 'podsandbox',
        'io.minik8s/cluster': 'c1',
        'io.minik8s/node': 'n1',
        'io.minik8s/attempt': '1',
      },
      HostConfig: {
        IpcMode: 'shareable',
        Sysctls: { 'net.core.somaxconn': '1024' },
        OomScoreAdj: -998,
        CpuShares: 2,
        LogConfig: { Type: 'none', Config: {} },
        SecurityOpt: ['seccomp=unconfined'],
      },
    });
  });

  test('shares what the pod shares with the host, and then has no name of its own', () => {
    const options = pause({ hostNetwork: true, hostPid: true, hostIpc: true, cgroupParent: '/kubepods' });
    expect(options.Hostname).toBeUndefined();
    expect(options.HostConfig).toMatchObject({
      NetworkMode: 'host',
      UTSMode: 'host',
      PidMode: 'host',
      IpcMode: 'host',
      CgroupParent: '/kubepods',
    });
  });
});

describe('appContainerOptions()', () => {
  test('joins the sandbox and keeps the image’s own command when none is given', () => {
    const options = app({});
    expect(options).toMatchObject({
      name: 'k8s_main_web_default_u1_2',
      Image: 'nginx',
      Env: ['A=1'],
      Labels: { 'io.minik8s/spec-hash': 'h1', 'io.kubernetes.sandbox.id': 'pause1', 'io.minik8s/attempt': '2' },
      HostConfig: {
        NetworkMode: 'container:pause1',
        IpcMode: 'container:pause1',
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10485760', 'max-file': '5' } },
        SecurityOpt: ['seccomp=unconfined'],
      },
    });
    expect(options).not.toHaveProperty('Entrypoint');
    expect(options).not.toHaveProperty('Cmd');
    expect(options.HostConfig).not.toHaveProperty('PidMode');
  });

  test.each([
    [
      { command: ['a'], args: ['b'] },
      { Entrypoint: ['a'], Cmd: ['b'] },
    ],
    [{ args: ['b'] }, { Cmd: ['b'] }],
    [{ command: ['a'] }, { Entrypoint: ['a'] }],
    [
      { workingDir: '/w', user: '1000:2000', stopSignal: 'SIGINT', tty: true, stdin: true, stdinOnce: true },
      { WorkingDir: '/w', User: '1000:2000', StopSignal: 'SIGINT', Tty: true, OpenStdin: true, StdinOnce: true },
    ],
  ])('%j becomes %j', (change, expected) => {
    expect(app(change)).toMatchObject(expected);
  });

  test.each([
    [{ sharePid: true }, { PidMode: 'container:pause1' }],
    [{ hostPid: true }, { PidMode: 'host' }],
    [{ hostIpc: true }, { IpcMode: 'host' }],
    [{ hostNetwork: true }, { NetworkMode: 'host', UTSMode: 'host' }],
    [{ cgroupParent: '/pods' }, { CgroupParent: '/pods' }],
  ])('a sandbox with %j gives %j', (sandbox, expected) => {
    expect(app({}, sandbox).HostConfig).toMatchObject(expected);
  });

  test.each([
    [{ cpuMillicoresLimit: 500 }, { CpuPeriod: 100000, CpuQuota: 50000 }],
    [{ cpuMillicoresLimit: 1 }, { CpuQuota: 1000 }],
    [{ cpuShares: 102 }, { CpuShares: 102 }],
    [{ memoryBytesLimit: 1000000 }, { Memory: 1000000, MemorySwap: 1000000 }],
    [{ pidsLimit: 10 }, { PidsLimit: 10 }],
    [{ oomScoreAdj: 0 }, { OomScoreAdj: 0 }],
  ])('resources %j become %j', (resources, expected) => {
    expect(app({ resources }).HostConfig).toMatchObject(expected);
  });

  test('no limits are no fields', () => {
    expect(Object.keys(app({}).HostConfig ?? {})).not.toEqual(
      expect.arrayContaining(['CpuQuota', 'Memory', 'PidsLimit', 'OomScoreAdj', 'CpuShares']),
    );
  });

  test.each([
    [{ privileged: true }, { Privileged: true }],
    [{ readOnlyRootFilesystem: true }, { ReadonlyRootfs: true }],
    [
      { addCapabilities: ['NET_ADMIN'], dropCapabilities: ['ALL'] },
      { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] },
    ],
    [{ supplementalGroups: [2000] }, { GroupAdd: ['2000'] }],
    [{ noNewPrivileges: true }, { SecurityOpt: ['seccomp=unconfined', 'no-new-privileges'] }],
    [{ seccomp: 'runtime/default' }, { SecurityOpt: [] }],
    [{ unmaskProc: true }, { MaskedPaths: [], ReadonlyPaths: [] }],
  ])('security %j becomes %j', (change, expected) => {
    expect(app(change).HostConfig).toMatchObject(expected);
  });

  test('mounts are private unless asked, and may have a colon in their path', () => {
    const mounts = [
      { hostPath: '/a:b', containerPath: '/c', readOnly: true },
      { hostPath: '/d', containerPath: '/e', readOnly: false, propagation: 'rslave' as const },
      { hostPath: '/f', containerPath: '/g', readOnly: true, recursiveReadOnly: 'ifPossible' as const },
      { hostPath: '/h', containerPath: '/i', readOnly: true, recursiveReadOnly: 'always' as const },
    ];
    const bound = (Source: string, Target: string, ReadOnly: boolean, BindOptions: object) => ({
      Type: 'bind',
      Source,
      Target,
      ReadOnly,
      BindOptions,
    });
    expect(app({ mounts }).HostConfig?.Mounts).toEqual([
      bound('/a:b', '/c', true, { Propagation: 'rprivate', ReadOnlyNonRecursive: true }),
      bound('/d', '/e', false, { Propagation: 'rslave' }),
      bound('/f', '/g', true, { Propagation: 'rprivate' }),
      bound('/h', '/i', true, { Propagation: 'rprivate', ReadOnlyForceRecursive: true }),
    ]);
  });
});
