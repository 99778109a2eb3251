import type { Node } from '../../helper/api/core/node';
import type { Pod } from '../../helper/api/core/pod';
import { NodeState } from './node-state';
import { isChoice, refusalMessage, type SchedulingContext, STRATEGY_ANNOTATION, schedulePod } from './schedule-pod';

const context: SchedulingContext = { lastRoundRobin: undefined, namespaceLabels: () => undefined, random: () => 0.5 };

function node(
  name: string,
  overrides: { spec?: Node['spec']; labels?: Record<string, string>; ready?: string; cpu?: string; pods?: string } = {},
): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: overrides.labels ?? {} },
    spec: overrides.spec ?? {},
    status: {
      allocatable: { cpu: overrides.cpu ?? '2', memory: '4Gi', pods: overrides.pods ?? '110' },
      conditions: [{ type: 'Ready', status: overrides.ready ?? 'True' }],
    },
  };
}

function pod(name: string, spec: Partial<NonNullable<Pod['spec']>> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
    spec: {
      containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu: '500m', memory: '1Gi' } } }],
      ...spec,
    },
  };
}

function states(nodes: readonly Node[], pods: Readonly<Record<string, readonly Pod[]>> = {}): NodeState[] {
  return nodes.map((object) => {
    const state = new NodeState(object.metadata.name);
    state.node = object;
    for (const running of pods[object.metadata.name] ?? []) state.addPod(running);
    return state;
  });
}

function chosen(candidate: Pod, nodes: readonly NodeState[], options: Partial<SchedulingContext> = {}): string {
  const decision = schedulePod(candidate, nodes, { ...context, ...options });
  return isChoice(decision) ? decision.node : refusalMessage(decision, nodes.length);
}

const busy = (name: string, cpu: string) =>
  pod(name, { containers: [{ name: 'c', resources: { requests: { cpu } } }] });

describe('schedulePod()', () => {
  test('prefers the emptier node', () => {
    expect(chosen(pod('p'), states([node('a'), node('b')], { a: [busy('x', '1')] }))).toBe('b');
  });

  test('spreads pods of one controller even against free room', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs-uid', controller: true };
    const sibling = pod('s', { containers: [{ name: 'c' }] }, { ownerReferences: [owner] });
    const candidate = pod('p', { containers: [{ name: 'c' }] }, { ownerReferences: [owner] });
    expect(chosen(candidate, states([node('a'), node('b')], { a: [sibling], b: [busy('x', '200m')] }))).toBe('b');
  });

  test.each<[string, Partial<NonNullable<Pod['spec']>>, Node, string]>([
    [
      'cpu',
      { containers: [{ name: 'c', resources: { requests: { cpu: '3' } } }] },
      node('a'),
      '0/1 nodes are available: 1 Insufficient cpu.',
    ],
    [
      'memory',
      { containers: [{ name: 'c', resources: { requests: { memory: '5Gi' } } }] },
      node('a'),
      '0/1 nodes are available: 1 Insufficient memory.',
    ],
    ['pod count', {}, node('a', { pods: '0' }), '0/1 nodes are available: 1 Too many pods.'],
    [
      'cordoned',
      {},
      node('a', { spec: { unschedulable: true } }),
      '0/1 nodes are available: 1 node(s) were unschedulable.',
    ],
    ['not ready', {}, node('a', { ready: 'Unknown' }), '0/1 nodes are available: 1 node(s) were not ready.'],
    [
      'taint',
      {},
      node('a', { spec: { taints: [{ key: 'gpu', value: 'v100', effect: 'NoSchedule' }] } }),
      '0/1 nodes are available: 1 node(s) had untolerated taint {gpu: v100}.',
    ],
    [
      'nodeSelector',
      { nodeSelector: { disk: 'ssd' } },
      node('a', { labels: { disk: 'hdd' } }),
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    ],
  ])('refuses for %s with the words of Kubernetes', (_, spec, candidate, expected) => {
    expect(chosen(pod('p', spec), states([candidate]))).toBe(expected);
  });

  test('refuses a host port that is taken on the same or on any address', () => {
    const withPort = (name: string, hostIP?: string) =>
      pod(name, {
        containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080, ...(hostIP ? { hostIP } : {}) }] }],
      });
    const nodes = states([node('a')], { a: [withPort('x', '127.0.0.1')] });
    expect(chosen(withPort('p'), nodes)).toContain("didn't have free ports");
    expect(chosen(withPort('p', '127.0.0.1'), nodes)).toContain("didn't have free ports");
    expect(chosen(withPort('p', '127.0.0.2'), nodes)).toBe('a');
  });

  test('accepts a taint the pod tolerates', () => {
    const tainted = node('a', { spec: { taints: [{ key: 'gpu', value: 'v100', effect: 'NoSchedule' }] } });
    expect(chosen(pod('p', { tolerations: [{ key: 'gpu', operator: 'Exists' }] }), states([tainted]))).toBe('a');
  });

  test('says so when there are no nodes', () => {
    expect(chosen(pod('p'), [])).toBe('no nodes available to schedule pods');
  });

  test('counts the reasons over all nodes', () => {
    const nodes = states([
      node('a', { spec: { unschedulable: true } }),
      node('b', { cpu: '100m' }),
      node('c', { cpu: '100m' }),
    ]);
    expect(chosen(pod('p'), nodes)).toBe('0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.');
  });

  test('roundrobin goes on behind the last node, skips what cannot hold the pod and wraps around', () => {
    const candidate = pod('p', {}, { annotations: { [STRATEGY_ANNOTATION]: 'roundrobin' } });
    const nodes = states([node('c'), node('a'), node('b', { cpu: '100m' })]);
    expect(chosen(candidate, nodes)).toBe('a');
    expect(chosen(candidate, nodes, { lastRoundRobin: 'a' })).toBe('c');
    expect(chosen(candidate, nodes, { lastRoundRobin: 'c' })).toBe('a');
  });

  test('random takes the first fitting node of a shuffle', () => {
    const candidate = pod('p', {}, { annotations: { [STRATEGY_ANNOTATION]: 'random' } });
    const nodes = states([node('a'), node('b'), node('c', { cpu: '100m' })]);
    const seen = new Set([0, 0.3, 0.6, 0.99].map((value) => chosen(candidate, nodes, { random: () => value })));
    expect([...seen].every((name) => name === 'a' || name === 'b')).toBe(true);
    expect(seen.size).toBe(2);
  });
});

describe('NodeState', () => {
  test('gives the room of a removed pod back', () => {
    const [state] = states([node('a', { cpu: '1' })], { a: [busy('x', '800m')] });
    if (!state) throw new Error('no state');
    expect(chosen(pod('p'), [state])).toContain('Insufficient cpu');
    state.removePod('uid-x');
    expect(chosen(pod('p'), [state])).toBe('a');
  });
});
