import type { Pod } from '../../../helper/api/core/pod';
import { deletionCost, podsToDelete } from './deletion-rank';

const now = new Date('2026-01-02T00:00:00Z');

interface Facts {
  node?: string;
  phase?: string;
  readySince?: string;
  cost?: string;
  restarts?: number;
  created?: string;
}

const podOf = (
  name: string,
  { node = '', phase = 'Running', readySince, cost, restarts = 0, created }: Facts,
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    uid: name,
    creationTimestamp: created ?? '2026-01-01T00:00:00Z',
    ...(cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } } : {}),
  },
  spec: { containers: [], ...(node ? { nodeName: node } : {}) },
  status: {
    phase,
    ...(readySince ? { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: readySince }] } : {}),
    containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: restarts }],
  },
});

/** Each row: what makes the first pod go before the second. */
const CASES: readonly [string, Facts, Facts][] = [
  ['unassigned before assigned', {}, { node: 'n' }],
  ['Pending before Unknown', { node: 'n', phase: 'Pending' }, { node: 'n', phase: 'Unknown' }],
  ['Unknown before Running', { node: 'n', phase: 'Unknown' }, { node: 'n' }],
  ['not ready before ready', { node: 'n' }, { node: 'n', readySince: '2026-01-01T23:59:59Z' }],
  ['cheaper before dearer', { node: 'n', cost: '-5' }, { node: 'n' }],
  [
    'ready for seconds before ready for hours',
    { node: 'n', readySince: '2026-01-01T23:59:58Z' },
    { node: 'n', readySince: '2026-01-01T03:00:00Z' },
  ],
  ['more restarts before fewer', { node: 'n', restarts: 3 }, { node: 'n', restarts: 1 }],
  [
    'younger before older',
    { node: 'n', created: '2026-01-01T23:00:00Z' },
    { node: 'n', created: '2025-12-01T00:00:00Z' },
  ],
  ['cost outweighs age', { node: 'n', cost: '1', created: '2025-01-01T00:00:00Z' }, { node: 'n', cost: '2' }],
];

describe('podsToDelete()', () => {
  test.each(CASES)('deletes %s', (_title, first, second) => {
    const pods = [podOf('zz-second', second), podOf('aa-first', first)];
    const goesFirst = (list: Pod[]) => podsToDelete(list, 1, [], now)[0]?.metadata.name;
    expect(goesFirst(pods)).toBe('aa-first');
    const swapped = [podOf('zz-first', first), podOf('aa-second', second)];
    expect(goesFirst(swapped)).toBe('zz-first');
  });

  test('takes from the node that runs most pods of the related sets', () => {
    const a = podOf('a', { node: 'full' });
    const b = podOf('b', { node: 'empty' });
    const related = [a, b, podOf('c', { node: 'full' })];
    expect(podsToDelete([b, a], 1, related, now)).toEqual([a]);
  });

  test('treats ages within one power of two alike and lets the uid decide', () => {
    const one = podOf('b', { node: 'n', readySince: '2026-01-01T10:00:00Z' });
    const other = podOf('a', { node: 'n', readySince: '2026-01-01T11:00:00Z' });
    expect(podsToDelete([one, other], 1, [], now)).toEqual([other]);
    const renamed = podOf('c', { node: 'n', readySince: '2026-01-01T11:00:00Z' });
    expect(podsToDelete([one, renamed], 1, [], now)).toEqual([one]);
  });

  test('returns all pods when all are to go', () => {
    const pods = [podOf('a', {}), podOf('b', {})];
    expect(podsToDelete(pods, 5, [], now)).toBe(pods);
  });
});

describe('deletionCost()', () => {
  test.each([
    ['7', 7],
    ['-2147483647', -2147483647],
    ['+1', 0],
    ['01', 0],
    ['4294967296', 0],
    ['much', 0],
  ])('reads %j as %d', (cost, expected) => {
    expect(deletionCost(podOf('a', { cost }))).toBe(expected);
  });
});
