import type { PodSpec } from 'kubernetes-types/core/v1';
import type { Node } from '../../helper/api/core/node';
import { type AdmissionFacts, refusalOf } from './admit-pod';
import { normalizeSysctl, sysctlRefusal } from './sysctls';
import { buildContainer, buildPod } from './testing/build-pod';

const node: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node1', labels: { disk: 'ssd' } },
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3' } },
};
const asking = (requests: Record<string, string>, more: Partial<PodSpec> = {}) =>
  buildPod({ containers: [buildContainer('a', { resources: { requests } })], ...more });
const withPort = (port: object) =>
  buildPod({ containers: [buildContainer('a', { ports: [{ containerPort: 80, ...port }] })] });
const withSysctl = (name: string, more: Partial<PodSpec> = {}) =>
  buildPod({ securityContext: { sysctls: [{ name, value: '1' }] }, ...more });
const pressed = (type: string): Partial<AdmissionFacts> => ({
  node: { ...node, status: { ...node.status, conditions: [{ type, status: 'True' }] } },
});

describe('refusalOf()', () => {
  test.each<[string, Parameters<typeof refusalOf>[0], Partial<AdmissionFacts>, string | undefined]>([
    ['takes what fits', asking({ cpu: '2' }), {}, undefined],
    ['takes anything while the node is not known', asking({ cpu: '9' }), { node: undefined }, undefined],
    [
      'has no more cpu than the others leave',
      asking({ cpu: '1500m' }),
      { others: [asking({ cpu: '1' })] },
      "OutOfcpu: Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
    ],
    [
      'has no more memory than it has',
      asking({ memory: '2Gi' }),
      {},
      "OutOfmemory: Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824",
    ],
    [
      'counts pods',
      buildPod(),
      { others: [buildPod(), buildPod(), buildPod()] },
      "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    ],
    ['ignores resources the node does not know', asking({ 'example.com/dongle': '1' }), {}, undefined],
    [
      'is not the node the pod wants',
      buildPod({ nodeSelector: { disk: 'tape' } }),
      {},
      "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
    [
      'gives a host port once',
      withPort({ hostPort: 80, hostIP: '127.0.0.1' }),
      { others: [withPort({ hostPort: 80 })] },
      "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    ],
    [
      'gives it again on another address or protocol',
      withPort({ hostPort: 80, hostIP: '127.0.0.1' }),
      { others: [withPort({ hostPort: 80, hostIP: '127.0.0.2' }), withPort({ hostPort: 80, protocol: 'UDP' })] },
      undefined,
    ],
    [
      'drives out whom it drives out',
      buildPod(),
      { node: { ...node, spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } },
      "TaintToleration: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
    ],
    [
      'runs its own manifests whatever its taints',
      buildPod(),
      { isStatic: true, node: { ...node, spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } },
      undefined,
    ],
    [
      'runs no other system',
      buildPod({ os: { name: 'windows' } }),
      {},
      "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS",
    ],
    [
      'sets no unsafe sysctls',
      withSysctl('kernel.msgmax'),
      {},
      'SysctlForbidden: forbidden sysctl: "kernel.msgmax" not allowlisted',
    ],
    [
      'takes nothing under disk pressure',
      asking({ cpu: '1' }),
      pressed('DiskPressure'),
      'Evicted: The node had condition: [DiskPressure]. ',
    ],
    [
      'takes no best effort under memory pressure',
      buildPod(),
      pressed('MemoryPressure'),
      'Evicted: The node had condition: [MemoryPressure]. ',
    ],
    [
      'takes who asks for memory under memory pressure',
      asking({ memory: '1Mi' }),
      pressed('MemoryPressure'),
      undefined,
    ],
    [
      'takes nothing when the machine is about to go off',
      buildPod(),
      { isShuttingDown: true },
      'NodeShutdown: Pod was rejected as the node is shutting down.',
    ],
    [
      'confines nobody without AppArmor',
      buildPod({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }),
      {},
      'AppArmor: Cannot enforce AppArmor: AppArmor is not enabled on the host',
    ],
  ])('%s', (_, pod, more, expected) => {
    const none = { others: [], allowedUnsafeSysctls: [], hasAppArmor: false, isShuttingDown: false, isStatic: false };
    const facts = { node, ...none, ...more };
    const refusal = refusalOf(pod, facts);
    expect(refusal && `${refusal.reason}: ${refusal.message}`).toBe(expected);
  });
});

test.each<[string, Partial<PodSpec>, string | undefined]>([
  ['kernel.shm_rmid_forced', {}, undefined],
  ['kernel/shm_rmid_forced', {}, undefined],
  ['kernel.msgmnb', {}, undefined],
  ['net.core.somaxconn', {}, 'forbidden sysctl: "net.core.somaxconn" not allowlisted'],
  [
    'net.ipv4.tcp_syncookies',
    { hostNetwork: true },
    'forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled',
  ],
  [
    'kernel.shm_rmid_forced',
    { hostIPC: true },
    'forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host ipc enabled',
  ],
])('sysctlRefusal() of %s on %j', (name, spec, expected) => {
  expect(sysctlRefusal(withSysctl(name, spec), ['kernel.msg*'])).toBe(expected);
});

test('normalizeSysctl() reads slashes as dots, and dots after them as slashes', () => {
  expect(normalizeSysctl('net/ipv4/conf/eth0.1/forwarding')).toBe('net.ipv4.conf.eth0/1.forwarding');
  expect(normalizeSysctl('net.ipv4.conf.eth0/1.forwarding')).toBe('net.ipv4.conf.eth0/1.forwarding');
});
