import type { Plan } from '../../../helper/controller/controller';
import { ago, NOW, nodeOf, podOf } from './node-fixtures';
import { collectLeftovers, collectOrphans, collectOutOfService } from './pod-gc';

const verbs = (plan: Plan) => plan.steps.map((step) => step.map(({ verb }) => verb));
const deleted = (plan: Plan) =>
  plan.steps.flat().flatMap((write) => (write.verb === 'delete' ? [write.object.metadata.name] : []));

describe('collectOrphans()', () => {
  test('marks pods Failed with the reason, then deletes them without grace', () => {
    const plan = collectOrphans([podOf('p')], NOW);
    expect(plan.steps).toMatchObject([
      [
        {
          verb: 'patch',
          body: {
            status: {
              phase: 'Failed',
              conditions: [
                { type: 'DisruptionTarget', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' },
              ],
            },
          },
        },
      ],
      [{ verb: 'delete', options: { gracePeriodSeconds: 0 } }],
    ]);
  });

  test('deletes pods that had ended without another word', () => {
    expect(verbs(collectOrphans([podOf('p', { phase: 'Succeeded' })], NOW))).toEqual([['delete']]);
  });
});

describe('collectOutOfService()', () => {
  const taints = [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }];
  const pods = [podOf('leaving', { deleted: true }), podOf('staying')];
  test.each<[string, Parameters<typeof nodeOf>[1], string[]]>([
    ['ends what is being deleted on a silent node', { ready: 'Unknown', taints }, ['leaving']],
    ['waits for a node that is ready', { ready: 'True', taints }, []],
    ['waits for a node nobody declared dead', { ready: 'Unknown' }, []],
  ])('%s', (_title, shape, names) => {
    expect(deleted(collectOutOfService(nodeOf('n', shape), pods, NOW))).toEqual(names);
  });
});

describe('collectLeftovers()', () => {
  test('ends pods that were deleted before they got a node', () => {
    const pods = [
      podOf('waiting', { node: '', phase: 'Pending' }),
      podOf('left', { node: '', phase: 'Pending', deleted: true }),
    ];
    expect(deleted(collectLeftovers(pods, NOW))).toEqual(['left']);
  });

  test('ends evicted pods first and then the oldest, down to the threshold', () => {
    const pods = [
      podOf('new', { phase: 'Succeeded', created: ago(10) }),
      podOf('old', { phase: 'Failed', created: ago(90) }),
      podOf('evicted', { phase: 'Failed', reason: 'Evicted', created: ago(5) }),
      podOf('running', { created: ago(999) }),
    ];
    expect(deleted(collectLeftovers(pods, NOW, 1))).toEqual(['evicted', 'old']);
    expect(collectLeftovers(pods, NOW, 3).steps).toEqual([]);
  });
});
