import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { DEFAULT_CONFIGURATION } from './config/kubelet-configuration';
import { containerConfig, cpuShares, sandboxConfig } from './container-config';
import { buildContainer, buildPod } from './testing/build-pod';

const GIB = 1024 ** 3;

function config(container: Partial<Container>, spec: Partial<PodSpec> = {}, imageUser = '') {
  const built = buildContainer('a', container);
  const environment = { env: ['X=1'], values: new Map([['X', '1']]), warnings: [] };
  const pod = buildPod({ ...spec, containers: [built] });
  return containerConfig({
    pod,
    container: built,
    attempt: 0,
    environment,
    mounts: [],
    imageUser,
    seccompDirectory: '/seccomp',
    memoryCapacityBytes: 4 * GIB,
    configuration: DEFAULT_CONFIGURATION,
  });
}

describe('containerConfig()', () => {
  test('expands variables in command and arguments', () => {
    expect(config({ command: ['sh', '$(X)'], args: ['$(Y)'] })).toMatchObject({ command: ['sh', '1'], args: ['$(Y)'] });
  });

  test.each([
    ['BestEffort', {}, { cpuShares: 2, oomScoreAdj: 1000 }],
    ['Burstable', { requests: { cpu: '500m', memory: '1Gi' } }, { cpuShares: 512, oomScoreAdj: 750 }],
    [
      'Guaranteed',
      { limits: { cpu: '2', memory: '64Mi' }, requests: { cpu: '2', memory: '64Mi' } },
      { cpuShares: 2048, cpuMillicoresLimit: 2000, memoryBytesLimit: 64 * 1024 ** 2, oomScoreAdj: -997 },
    ],
  ])('gives a %s container its resources', (_, resources, expected) => {
    expect(config({ resources }).resources).toEqual(expected);
  });

  test.each([
    ['container over pod', { runAsUser: 5 }, { runAsUser: 7, runAsGroup: 8 }, '5:8'],
    ['pod', {}, { runAsUser: 7 }, '7'],
    ['image', {}, {}, undefined],
  ])('takes the user from the %s', (_, securityContext, podSecurity, user) => {
    expect(config({ securityContext }, { securityContext: podSecurity }).user).toBe(user);
  });

  test.each([
    ['', {}, 'container has runAsNonRoot and image will run as root'],
    ['nginx', {}, 'image has non-numeric user (nginx)'],
    ['101', { runAsUser: 0 }, "container's runAsUser breaks non-root policy"],
  ])('refuses image user "%s" with %j under runAsNonRoot', (imageUser, more, message) => {
    expect(() => config({ securityContext: { runAsNonRoot: true, ...more } }, {}, imageUser)).toThrow(message);
  });

  test('accepts a numeric image user under runAsNonRoot', () => {
    expect(() => config({ securityContext: { runAsNonRoot: true } }, {}, '101')).not.toThrow();
  });
});

test('cpuShares() never goes below what the kernel takes', () => {
  expect([0, 1, 100, 1000].map(cpuShares)).toEqual([2, 2, 102, 1024]);
});

const PLACE = { nodeName: 'n', clusterDomain: 'cluster.local' };

test('sandboxConfig() maps host ports, and none on the host network', () => {
  const containers = [buildContainer('a', { ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81 }] })];
  expect(sandboxConfig(buildPod({ containers }), 0, PLACE).portMappings).toEqual([
    { hostPort: 8080, containerPort: 80, protocol: 'TCP' },
  ]);
  expect(sandboxConfig(buildPod({ containers, hostNetwork: true }), 0, PLACE).portMappings).toEqual([]);
});
