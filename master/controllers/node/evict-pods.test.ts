import type { Taint, Toleration } from 'kubernetes-types/core/v1';
import { evictPods, tolerationSeconds } from './evict-pods';
import { ago, NOW, nodeOf, podOf } from './node-fixtures';

const unreachable = (timeAdded?: string): Taint => ({
  key: 'node.kubernetes.io/unreachable',
  effect: 'NoExecute',
  ...(timeAdded ? { timeAdded } : {}),
});
const gpu: Taint = { key: 'gpu', value: 'yes', effect: 'NoExecute' };
const forSeconds = (seconds: number): Toleration[] => [
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds },
];
const NEVER = Number.POSITIVE_INFINITY;
const none = new Map<string, number>();

describe('tolerationSeconds()', () => {
  test.each<[string, Toleration[] | undefined, Taint[], number]>([
    ['no taint', undefined, [], NEVER],
    ['no toleration', undefined, [gpu], 0],
    ['a limit', forSeconds(300), [unreachable()], 300],
    ['no limit', [{ operator: 'Exists' }], [unreachable(), gpu], NEVER],
    ['a negative limit', forSeconds(-5), [unreachable()], 0],
    ['one of two taints tolerated', forSeconds(300), [unreachable(), gpu], 0],
    [
      'the shortest of two limits',
      [...forSeconds(300), { key: 'gpu', operator: 'Exists', tolerationSeconds: 20 }],
      [unreachable(), gpu],
      20,
    ],
    ['the first of two that fit', [...forSeconds(300), ...forSeconds(5)], [unreachable()], 300],
    ['the same value', [{ key: 'gpu', value: 'yes' }], [gpu], NEVER],
    ['another value', [{ key: 'gpu', value: 'no' }], [gpu], 0],
    ['another effect', [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }], [gpu], 0],
  ])('%s', (_title, tolerations, taints, expected) => {
    expect(tolerationSeconds(podOf('p', tolerations ? { tolerations } : {}), taints)).toBe(expected);
  });
});

describe('evictPods()', () => {
  const tainted = (...taints: Taint[]) => nodeOf('n', { ready: 'Unknown', taints });

  test('marks and deletes a pod without toleration at once, and says so', () => {
    const { plan } = evictPods(tainted(gpu), [podOf('p')], none, NOW);
    expect(plan.steps).toMatchObject([
      [
        {
          verb: 'patch',
          subresource: 'status',
          body: {
            status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }] },
          },
        },
      ],
      [
        {
          verb: 'delete',
          object: { metadata: { name: 'p' } },
          onSuccess: { reason: 'TaintManagerEviction', message: 'Marking for deletion Pod default/p' },
        },
      ],
    ]);
  });

  test('waits for the time that is left since the taint came, also after a restart of its own', () => {
    const node = tainted(unreachable(ago(100)));
    const pods = [podOf('p', { tolerations: forSeconds(300) }), podOf('q', { tolerations: forSeconds(120) })];
    const { plan, countdowns } = evictPods(node, pods, none, NOW);
    expect(plan).toMatchObject({ steps: [], requeueAfterMs: 20_000 });
    expect([...countdowns.keys()]).toEqual(['p', 'q']);
  });

  test('gives a pod that came after the taint its seconds from then', () => {
    const pod = podOf('p', { tolerations: forSeconds(300), created: ago(10) });
    expect(evictPods(tainted(unreachable(ago(1000))), [pod], none, NOW).plan.requeueAfterMs).toBe(290_000);
  });

  test('does not begin anew when one taint replaces the other', () => {
    const pod = podOf('p', { tolerations: forSeconds(300) });
    const running = new Map([['p', NOW.getTime() - 200_000]]);
    expect(evictPods(tainted(unreachable(ago(1))), [pod], running, NOW).plan.requeueAfterMs).toBe(100_000);
  });

  test('deletes when the time is over', () => {
    const pod = podOf('p', { tolerations: forSeconds(300) });
    const { plan } = evictPods(tainted(unreachable(ago(300))), [pod], none, NOW);
    expect(plan.steps.flat().map(({ verb }) => verb)).toEqual(['patch', 'delete']);
  });

  test('says that it spares a pod when the taint goes', () => {
    const pod = podOf('p', { tolerations: forSeconds(300) });
    const { plan, countdowns } = evictPods(nodeOf('n'), [pod], new Map([['p', NOW.getTime()]]), NOW);
    expect(plan.events).toMatchObject([{ message: 'Cancelling deletion of Pod default/p', about: pod }]);
    expect(plan.steps).toEqual([]);
    expect(countdowns.size).toBe(0);
  });

  test('does nothing about pods that are on their way, nor about well nodes', () => {
    expect(evictPods(tainted(gpu), [podOf('p', { deleted: true })], none, NOW).plan.steps).toEqual([]);
    expect(evictPods(nodeOf('n'), [podOf('p')], none, NOW).plan).toEqual({ steps: [], events: [] });
  });
});
