import type { Affinity, PodAffinityTerm, TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import type { Node } from '../../helper/api/core/node';
import type { Pod } from '../../helper/api/core/pod';
import { NodeState } from './node-state';
import { isChoice, refusalMessage, type SchedulingContext, schedulePod } from './schedule-pod';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const NAMESPACES: Record<string, Record<string, string>> = { default: {}, team: { tier: 'gold' }, other: {} };
const context: SchedulingContext = {
  lastRoundRobin: undefined,
  namespaceLabels: (name) => NAMESPACES[name],
  random: () => 0.5,
};

type Metadata = Partial<Pod['metadata']>;

function pod(name: string, app: string, spec: Partial<NonNullable<Pod['spec']>> = {}, metadata: Metadata = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, labels: { app }, ...metadata },
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
  };
}

/** A node called `a1` is host a1 in zone a; one called `x` has no labels. */
function state(name: string, pods: readonly Pod[] = [], spec: Node['spec'] = {}): NodeState {
  const labels: Record<string, string> = name === 'x' ? {} : { [HOST]: name, [ZONE]: name.slice(0, 1) };
  const result = new NodeState(name);
  result.node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec,
    status: {
      allocatable: { cpu: '8', memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
  for (const running of pods) result.addPod(running);
  return result;
}

/** The chosen node, or the reasons. */
function chosen(candidate: Pod, nodes: readonly NodeState[]): string {
  const decision = schedulePod(candidate, nodes, context);
  return isChoice(decision) ? decision.node : refusalMessage(decision, nodes.length);
}

/** The nodes that pass the filters, whatever their score. */
function fitting(candidate: Pod, nodes: readonly NodeState[]): string[] {
  return nodes
    .map(({ name }) => name)
    .filter((name) => {
      const spec = { containers: [], ...candidate.spec, nodeName: name };
      const decision = schedulePod({ ...candidate, spec }, nodes, context);
      return isChoice(decision);
    });
}

const term = (app: string, topologyKey: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey,
  labelSelector: { matchLabels: { app } },
  ...more,
});
const near = (...terms: PodAffinityTerm[]): { affinity: Affinity } => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const away = (...terms: PodAffinityTerm[]): { affinity: Affinity } => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});

describe('podAffinityFilter()', () => {
  test.each<[string, Pod, NodeState[], string[]]>([
    [
      'affinity: the domain of the wanted pods, all its nodes',
      pod('p', 'web', near(term('db', ZONE))),
      [state('a1', [pod('d', 'db')]), state('a2'), state('b1')],
      ['a1', 'a2'],
    ],
    [
      'affinity: all terms, met by one pod',
      pod('p', 'web', near(term('db', ZONE), term('db', HOST))),
      [state('a1', [pod('d', 'db')]), state('a2')],
      ['a1'],
    ],
    [
      'affinity: the first of a group that is near itself may start anywhere with the label',
      pod('p', 'web', near(term('web', ZONE))),
      [state('a1'), state('b1'), state('x')],
      ['a1', 'b1'],
    ],
    ['affinity: nobody to be near', pod('p', 'web', near(term('db', ZONE))), [state('a1')], []],
    [
      'anti-affinity: not in the domain of the others',
      pod('p', 'web', away(term('web', ZONE))),
      [state('a1', [pod('w', 'web')]), state('a2'), state('b1'), state('x')],
      ['b1', 'x'],
    ],
    [
      'anti-affinity of a running pod holds for the newcomer too',
      pod('p', 'noise'),
      [state('a1', [pod('s', 'silence', away(term('noise', HOST)))]), state('a2')],
      ['a2'],
    ],
    [
      'other namespaces do not count',
      pod('p', 'web', away(term('web', HOST))),
      [state('a1', [pod('w', 'web', {}, { namespace: 'team' })])],
      ['a1'],
    ],
    [
      'namespaces: named ones count, and then the own one does not',
      pod('p', 'web', away(term('web', HOST, { namespaces: ['team'] }))),
      [state('a1', [pod('w', 'web', {}, { namespace: 'team' })]), state('a2', [pod('v', 'web')])],
      ['a2'],
    ],
    [
      'namespaceSelector: namespaces with these labels count',
      pod('p', 'web', away(term('web', HOST, { namespaceSelector: { matchLabels: { tier: 'gold' } } }))),
      [
        state('a1', [pod('w', 'web', {}, { namespace: 'team' })]),
        state('a2', [pod('v', 'web', {}, { namespace: 'other' })]),
      ],
      ['a2'],
    ],
    [
      'namespaceSelector: the empty one means every namespace',
      pod('p', 'web', away(term('web', HOST, { namespaceSelector: {} }))),
      [state('a1', [pod('w', 'web', {}, { namespace: 'unheard-of' })]), state('a2')],
      ['a2'],
    ],
    [
      'matchLabelKeys: only pods with the same value',
      pod('p', 'web', away(term('web', HOST, { matchLabelKeys: ['v', 'missing'] })), {
        labels: { app: 'web', v: '2' },
      }),
      [
        state('a1', [pod('w', 'web', {}, { labels: { app: 'web', v: '1' } })]),
        state('a2', [pod('u', 'web', {}, { labels: { app: 'web', v: '2' } })]),
      ],
      ['a1'],
    ],
    [
      'mismatchLabelKeys: only pods with another value',
      pod('p', 'web', away(term('web', HOST, { mismatchLabelKeys: ['v'] })), { labels: { app: 'web', v: '2' } }),
      [
        state('a1', [pod('w', 'web', {}, { labels: { app: 'web', v: '1' } })]),
        state('a2', [pod('u', 'web', {}, { labels: { app: 'web', v: '2' } })]),
      ],
      ['a2'],
    ],
  ])('%s', (_, candidate, nodes, expected) => {
    expect(fitting(candidate, nodes)).toEqual(expected);
  });

  test.each<[Pod, NodeState, string]>([
    [pod('p', 'web', near(term('db', ZONE))), state('a1'), "1 node(s) didn't match pod affinity rules"],
    [
      pod('p', 'web', away(term('db', ZONE))),
      state('a1', [pod('d', 'db')]),
      "1 node(s) didn't match pod anti-affinity rules",
    ],
    [
      pod('p', 'noise'),
      state('a1', [pod('s', 'silence', away(term('noise', HOST)))]),
      "1 node(s) didn't satisfy existing pods anti-affinity rules",
    ],
  ])('speaks with the words of Kubernetes (%#)', (candidate, node, expected) => {
    expect(chosen(candidate, [node])).toBe(`0/1 nodes are available: ${expected}.`);
  });

  test('a removed pod no longer keeps others away', () => {
    const node = state('a1', [pod('s', 'silence', away(term('noise', HOST)))]);
    node.removePod('uid-s');
    expect(chosen(pod('p', 'noise'), [node])).toBe('a1');
  });
});

describe('podAffinityTotals()', () => {
  const wish = (kind: 'podAffinity' | 'podAntiAffinity', app: string): { affinity: Affinity } => ({
    affinity: {
      [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term(app, ZONE) }] },
    },
  });

  test.each<[string, Pod, NodeState[], string]>([
    [
      'goes near those it likes',
      pod('p', 'web', wish('podAffinity', 'db')),
      [state('a1'), state('b1', [pod('d', 'db')])],
      'b1',
    ],
    [
      'goes away from those it dislikes',
      pod('p', 'web', wish('podAntiAffinity', 'db')),
      [state('a1', [pod('d', 'db')]), state('b1', [pod('e', 'other'), pod('f', 'other')])],
      'b1',
    ],
    [
      'goes where it is liked',
      pod('p', 'db'),
      [state('a1'), state('b1', [pod('w', 'web', wish('podAffinity', 'db'))])],
      'b1',
    ],
    [
      'goes where a rule wants it near',
      pod('p', 'db'),
      [state('a1'), state('b1', [pod('w', 'web', near(term('db', ZONE)))])],
      'b1',
    ],
    [
      'keeps away from where it is disliked',
      pod('p', 'db'),
      [state('a1', [pod('w', 'web', wish('podAntiAffinity', 'db'))]), state('b1', [pod('v', 'x'), pod('u', 'x')])],
      'b1',
    ],
  ])('%s', (_, candidate, nodes, expected) => {
    expect(chosen(candidate, nodes)).toBe(expected);
  });
});

const spread = (
  topologyKey: string,
  more: Partial<TopologySpreadConstraint> = {},
): Pick<NonNullable<Pod['spec']>, 'topologySpreadConstraints'> => ({
  topologySpreadConstraints: [
    {
      topologyKey,
      maxSkew: 1,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'web' } },
      ...more,
    },
  ],
});
const webs = (...names: string[]) => names.map((name) => pod(name, 'web'));

describe('spreadFilter()', () => {
  const refused = "didn't match pod topology spread constraints";

  test.each<[string, NonNullable<Pod['spec']>['topologySpreadConstraints'], NodeState[], string]>([
    [
      'the emptier zone',
      spread(ZONE).topologySpreadConstraints,
      [state('a1', webs('w')), state('a2'), state('b1')],
      'b1',
    ],
    [
      'a full zone is refused',
      spread(ZONE).topologySpreadConstraints,
      [state('a1', webs('w')), state('b1', [], { unschedulable: true })],
      `0/2 nodes are available: 1 node(s) ${refused}, 1 node(s) were unschedulable.`,
    ],
    [
      'maxSkew 2 lets one more in',
      spread(ZONE, { maxSkew: 2 }).topologySpreadConstraints,
      [state('a1', webs('w')), state('b1', [], { unschedulable: true })],
      'a1',
    ],
    [
      'a node without the label is in no domain',
      spread(ZONE).topologySpreadConstraints,
      [state('x')],
      `0/1 nodes are available: 1 node(s) ${refused} (missing required label).`,
    ],
    [
      'minDomains: a missing domain counts as an empty one',
      spread(ZONE, { minDomains: 2 }).topologySpreadConstraints,
      [state('a1', webs('w'))],
      `0/1 nodes are available: 1 node(s) ${refused}.`,
    ],
    [
      'nodeTaintsPolicy Honor: a zone the pod cannot tolerate is no domain',
      spread(ZONE, { nodeTaintsPolicy: 'Honor' }).topologySpreadConstraints,
      [state('a1', webs('w')), state('b1', [], { taints: [{ key: 'k', effect: 'NoSchedule' }] })],
      'a1',
    ],
    [
      'pods on their way out, of other namespaces or with other labels do not count',
      spread(ZONE).topologySpreadConstraints,
      [
        state('a1', [
          pod('w', 'web', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
          pod('v', 'web', {}, { namespace: 'team' }),
          pod('u', 'db'),
        ]),
        state('b1', [], { unschedulable: true }),
      ],
      'a1',
    ],
  ])('%s', (_, topologySpreadConstraints, nodes, expected) => {
    expect(chosen(pod('p', 'web', topologySpreadConstraints ? { topologySpreadConstraints } : {}), nodes)).toBe(
      expected,
    );
  });

  test('nodeAffinityPolicy: by default only nodes the pod may go to are counted', () => {
    const nodes = [state('a1', webs('w')), state('b1')];
    const nodeSelector = { [ZONE]: 'a' };
    expect(chosen(pod('p', 'web', { ...spread(ZONE), nodeSelector }), nodes)).toBe('a1');
    const ignoring = { ...spread(ZONE, { nodeAffinityPolicy: 'Ignore' }), nodeSelector };
    expect(chosen(pod('p', 'web', ignoring), nodes)).toContain(refused);
  });

  test('matchLabelKeys: pods of another revision do not count', () => {
    const old = pod('w', 'web', {}, { labels: { app: 'web', rev: '1' } });
    const nodes = [state('a1', [old]), state('b1', [], { unschedulable: true })];
    const spec = spread(ZONE, { matchLabelKeys: ['rev'] });
    expect(chosen(pod('p', 'web', spec, { labels: { app: 'web', rev: '2' } }), nodes)).toBe('a1');
    expect(chosen(pod('p', 'web', spec, { labels: { app: 'web', rev: '1' } }), nodes)).toContain(refused);
  });
});

describe('spreadScores()', () => {
  const soft = (key: string) => spread(key, { whenUnsatisfiable: 'ScheduleAnyway' });

  test('prefers the emptier domain and never refuses', () => {
    const nodes = [state('a1', webs('w')), state('b1', [pod('d', 'db'), pod('e', 'db')])];
    expect(chosen(pod('p', 'web', soft(ZONE)), nodes)).toBe('b1');
    expect(chosen(pod('p', 'web', soft(ZONE)), nodes.slice(0, 1))).toBe('a1');
  });

  test('puts nodes outside of all domains last', () => {
    expect(chosen(pod('p', 'web', soft(HOST)), [state('x'), state('a1')])).toBe('a1');
  });
});
