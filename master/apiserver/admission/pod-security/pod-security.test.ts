import type { PodSpec } from 'kubernetes-types/core/v1';
import { judgedPod } from './check';
import { violationsOf } from './plugin';
import { formatStandard, policyOf, type Standard, validatePolicyLabels } from './policy';
import { isSignificantUpdate } from './significant-update';

const BASELINE: Standard = { level: 'baseline', minor: Number.POSITIVE_INFINITY };
const RESTRICTED: Standard = { level: 'restricted', minor: Number.POSITIVE_INFINITY };
const plain: PodSpec = { containers: [{ name: 'c' }] };
const hardened: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [{ name: 'c', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
};

const broken = (standard: Standard, spec: PodSpec, annotations = {}) =>
  violationsOf(standard, judgedPod(annotations, spec)).map(({ reason, detail }) => `${reason} (${detail})`);

describe('violationsOf()', () => {
  test('finds nothing in a plain pod on the baseline, nor in a hardened one on restricted', () => {
    expect(broken(BASELINE, plain)).toEqual([]);
    expect(broken(RESTRICTED, hardened)).toEqual([]);
    expect(broken({ ...RESTRICTED, level: 'privileged' }, plain)).toEqual([]);
  });

  test('words what a plain pod lacks for restricted as Kubernetes does', () => {
    expect(broken(RESTRICTED, plain)).toEqual([
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])',
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
      'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ]);
  });

  test.each<[string, PodSpec, string[]]>([
    [
      'host namespaces',
      { ...plain, hostNetwork: true, hostIPC: true },
      ['host namespaces (hostNetwork=true, hostIPC=true)'],
    ],
    ['host paths', { ...plain, volumes: [{ name: 'v', hostPath: { path: '/' } }] }, ['hostPath volumes (volume "v")']],
    [
      'host ports',
      {
        containers: [
          { name: 'a', ports: [{ containerPort: 1, hostPort: 80 }] },
          { name: 'b', ports: [{ containerPort: 1, hostPort: 81 }] },
        ],
      },
      ['hostPort (containers "a", "b" use hostPorts 80, 81)'],
    ],
    [
      'privileged containers, init containers too',
      { ...plain, initContainers: [{ name: 'i', securityContext: { privileged: true } }] },
      ['privileged (container "i" must not set securityContext.privileged=true)'],
    ],
    [
      'capabilities',
      { containers: [{ name: 'c', securityContext: { capabilities: { add: ['NET_RAW', 'CHOWN', 'BPF'] } } }] },
      [
        'non-default capabilities (container "c" must not include "BPF", "NET_RAW" in securityContext.capabilities.add)',
      ],
    ],
    [
      'SELinux options',
      { ...plain, securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } },
      ['seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)'],
    ],
    [
      'seccomp profiles',
      { ...plain, securityContext: { seccompProfile: { type: 'Unconfined' } } },
      ['seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")'],
    ],
    [
      'sysctls',
      { ...plain, securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
      ['forbidden sysctls (kernel.msgmax)'],
    ],
    [
      'AppArmor profiles',
      { ...plain, securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      ['forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")'],
    ],
  ])('refuses %s on the baseline', (_what, spec, expected) => {
    expect(broken(BASELINE, spec)).toEqual(expected);
  });

  test('replaces a rule of the baseline by the stricter one', () => {
    const spec = { ...hardened, volumes: [{ name: 'v', hostPath: { path: '/' } }] };
    expect(broken(RESTRICTED, spec)).toEqual([
      'restricted volume types (volume "v" uses restricted volume type "hostPath")',
    ]);
  });

  test('judges by the version of the standard', () => {
    const spec = { ...plain, securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } };
    expect(broken({ level: 'baseline', minor: 31 }, spec)).toEqual(['forbidden sysctls (net.ipv4.tcp_rmem)']);
    expect(broken({ level: 'baseline', minor: 32 }, spec)).toEqual([]);
    expect(broken({ level: 'restricted', minor: 7 }, plain)).toEqual([
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
    ]);
  });
});

describe('policyOf()', () => {
  test('reads levels and versions, and falls back as Kubernetes does', () => {
    const label = (name: string, value: string) => ({ [`pod-security.kubernetes.io/${name}`]: value });
    expect(policyOf(undefined).enforce.level).toBe('privileged');
    const { enforce, warn } = policyOf({ ...label('enforce', 'baseline'), ...label('enforce-version', 'v1.24') });
    expect(formatStandard(enforce)).toBe('baseline:v1.24');
    expect(formatStandard(warn)).toBe('privileged:latest');
    const unreadable = policyOf({ ...label('enforce', 'x'), ...label('warn', 'x') });
    expect([unreadable.enforce.level, unreadable.warn.level]).toEqual(['restricted', 'privileged']);
  });

  test('validatePolicyLabels() names what cannot be read', () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'x', 'pod-security.kubernetes.io/warn-version': '1.2' };
    expect(validatePolicyLabels(labels).map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "x": must be one of privileged, baseline, restricted',
      'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"',
    ]);
  });
});

test('isSignificantUpdate() looks at images only', () => {
  const pod = (image: string, labels = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels },
    spec: { containers: [{ name: 'c', image }] },
  });
  expect(isSignificantUpdate(pod('a', { x: 'y' }), pod('a'))).toBe(false);
  expect(isSignificantUpdate(pod('b'), pod('a'))).toBe(true);
});
