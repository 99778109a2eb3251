/** Our configs as a CRI runtime is told them. */
import type { ContainerConfig, SandboxConfig } from '../runtime';
import { ANNOTATION, criContainerConfig, criSandboxConfig, OWN_LABEL, sandboxConfigIn } from './cri-config';

const owner = { clusterId: '/home', nodeName: 'n1' };
const sandbox: SandboxConfig = {
  pod: { uid: 'u1', namespace: 'default', name: 'web' },
  attempt: 2,
  hostname: 'web',
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  sharePid: false,
  portMappings: [],
  sysctls: { 'kernel.shm_rmid_forced': '1' },
  cgroupParent: '/kubepods/podu1',
  labels: {},
};
const container: ContainerConfig = {
  name: 'main',
  attempt: 3,
  image: 'nginx:1',
  command: ['sh'],
  args: ['-c', 'true'],
  env: ['A=1', 'URL=http://x?a=b', 'EMPTY='],
  mounts: [],
  resources: {},
  supplementalGroups: [],
  privileged: false,
  readOnlyRootFilesystem: false,
  addCapabilities: ['NET_ADMIN'],
  dropCapabilities: ['ALL'],
  noNewPrivileges: true,
  unmaskProc: false,
  stdin: false,
  stdinOnce: false,
  tty: false,
  specHash: 'h',
  labels: {},
};
const features = { recursiveReadOnlyMounts: false, supplementalGroupsPolicy: false, cgroupVersion: 1 } as const;
const translate = (
  change: Partial<ContainerConfig> = {},
  place: Partial<Parameters<typeof criContainerConfig>[1]> = {},
) => criContainerConfig({ ...container, ...change }, { owner, sandboxId: 's1', sandbox, features, ...place });

test('criSandboxConfig() names the pod, its logs, its namespaces, and keeps what it was made of', () => {
  const body = criSandboxConfig(sandbox, { owner, logRoot: '/logs' });
  expect(body).toMatchObject({
    metadata: { uid: 'u1', namespace: 'default', name: 'web', attempt: 2 },
    hostname: 'web',
    logDirectory: '/logs/default_web_u1',
    linux: {
      cgroupParent: '/kubepods/podu1',
      sysctls: { 'kernel.shm_rmid_forced': '1' },
      securityContext: { privileged: false, namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } },
    },
  });
  expect(sandboxConfigIn(body.annotations)).toEqual(sandbox);
  expect(sandboxConfigIn({})).toBeUndefined();
});

test('criSandboxConfig() leaves the host its name where the pod has the host network', () => {
  const body = criSandboxConfig({ ...sandbox, hostNetwork: true, hostPid: true }, { owner, logRoot: '/logs' });
  expect(body.hostname).toBe('');
  expect(body.linux.securityContext.namespaceOptions).toEqual({ network: 'NODE', pid: 'NODE', ipc: 'POD' });
});

describe('criContainerConfig()', () => {
  test('carries name, attempt, command, variables, and where the log goes', () => {
    expect(translate({ tty: true, stdinOnce: true, logs: { maxSizeBytes: 100, maxFiles: 2 } })).toMatchObject({
      metadata: { name: 'main', attempt: 3 },
      image: { image: 'nginx:1' },
      command: ['sh'],
      args: ['-c', 'true'],
      envs: [
        { key: 'A', value: '1' },
        { key: 'URL', value: 'http://x?a=b' },
        { key: 'EMPTY', value: '' },
      ],
      logPath: 'main/3.log',
      annotations: { [ANNOTATION.image]: 'nginx:1' },
      labels: { [OWN_LABEL.input]: 'tty-once', [OWN_LABEL.logs]: '100x2' },
    });
  });

  test('gives limits as shares, quota and ceilings; processes where the hierarchy has one file for all', () => {
    const resources = { cpuShares: 512, cpuMillicoresLimit: 5, memoryBytesLimit: 64, pidsLimit: 10, oomScoreAdj: -3 };
    expect(translate({ resources }).linux.resources).toEqual({
      cpuShares: 512,
      cpuPeriod: 100_000,
      cpuQuota: 1_000,
      memoryLimitInBytes: 64,
      memorySwapLimitInBytes: 64,
      oomScoreAdj: -3,
    });
    const second = translate({ resources }, { features: { ...features, cgroupVersion: 2 } });
    expect(second.linux.resources.unified).toEqual({ 'pids.max': '10' });
    expect(translate().linux.resources).toEqual({});
  });

  test.each([
    [undefined, {}],
    ['1000', { runAsUser: { value: 1000 } }],
    ['1000:3000', { runAsUser: { value: 1000 }, runAsGroup: { value: 3000 } }],
    ['nginx:3000', { runAsUsername: 'nginx', runAsGroup: { value: 3000 } }],
  ])('runs user %j as %j', (user, expected) => {
    const { securityContext } = translate(user === undefined ? {} : { user }).linux;
    const { runAsUser, runAsUsername, runAsGroup } = securityContext;
    expect(JSON.parse(JSON.stringify({ runAsUser, runAsUsername, runAsGroup }))).toEqual(expected);
  });

  test.each([
    [undefined, { profileType: 'Unconfined' }],
    ['runtime/default', { profileType: 'RuntimeDefault' }],
    ['/profiles/a.json', { profileType: 'Localhost', localhostRef: '/profiles/a.json' }],
  ])('filters calls of seccomp %j by %j', (seccomp, expected) => {
    expect(translate(seccomp === undefined ? {} : { seccomp }).linux.securityContext.seccomp).toEqual(expected);
  });

  test('masks /proc unless the container is privileged or asks not to', () => {
    const masked = (change: Partial<ContainerConfig>) =>
      translate(change).linux.securityContext.maskedPaths.includes('/proc/kcore');
    expect([masked({}), masked({ unmaskProc: true }), masked({ privileged: true })]).toEqual([true, false, false]);
  });

  test('joins the processes of a target, of the pod, or of the host', () => {
    const pids = (change: Partial<SandboxConfig>, targetContainerId?: string) =>
      translate(targetContainerId ? { targetContainerId } : {}, { sandbox: { ...sandbox, ...change } }).linux
        .securityContext.namespaceOptions;
    expect(pids({}, 'c9')).toMatchObject({ pid: 'TARGET', targetId: 'c9' });
    expect(pids({ sharePid: true }, 'c9')).toMatchObject({ pid: 'POD' });
    expect(pids({ hostPid: true })).toMatchObject({ pid: 'NODE' });
  });

  test('mounts as asked, and recursively read-only where the runtime can', () => {
    const mount = { hostPath: '/a', containerPath: '/b', readOnly: true, propagation: 'rslave' } as const;
    expect(translate({ mounts: [mount] }).mounts).toEqual([
      { hostPath: '/a', containerPath: '/b', readonly: true, propagation: 'PROPAGATION_HOST_TO_CONTAINER' },
    ]);
    const able = { features: { ...features, recursiveReadOnlyMounts: true } };
    const recursive = { mounts: [{ ...mount, recursiveReadOnly: 'ifPossible' as const }] };
    expect(translate(recursive, able).mounts[0]?.recursiveReadOnly).toBe(true);
    expect(translate(recursive).mounts[0]?.recursiveReadOnly).toBeUndefined();
  });

  test('refuses what this runtime would silently drop', () => {
    const mount = { hostPath: '/a', containerPath: '/b', readOnly: true, recursiveReadOnly: 'always' } as const;
    for (const change of [{ mounts: [mount] }, { hasStrictGroups: true }, { stopSignal: 'SIGUSR1' }]) {
      expect(() => translate(change)).toThrow('is not supported by this container runtime');
    }
  });
});
