import type { NamespaceCondition } from 'kubernetes-types/core/v1';
import { type ContentReport, isEmptied, namespaceConditions } from './content-report';

const now = new Date('2026-01-01T00:00:00.500Z');
const report = (change: Partial<ContentReport> = {}): ContentReport => ({
  discoveryFailures: [],
  deletionFailures: [],
  remaining: new Map(),
  finalizers: new Map(),
  ...change,
});
const find = (conditions: readonly NamespaceCondition[], type: string) =>
  conditions.find((condition) => condition.type === type);

describe('namespaceConditions()', () => {
  test('writes five conditions that say what is not the reason', () => {
    expect(namespaceConditions(report(), [], now).map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered'],
      ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions'],
      ['NamespaceDeletionContentFailure', 'False', 'ContentDeleted'],
      ['NamespaceContentRemaining', 'False', 'ContentRemoved'],
      ['NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers'],
    ]);
  });

  const CASES: readonly [string, Partial<ContentReport>, string, string, string][] = [
    [
      'kinds that are left, sorted',
      {
        remaining: new Map([
          ['pods.', 2],
          ['deployments.apps', 1],
        ]),
      },
      'NamespaceContentRemaining',
      'SomeResourcesRemain',
      'Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
    ],
    [
      'finalizers that hold objects',
      { finalizers: new Map([['example.com/wait', 3]]) },
      'NamespaceFinalizersRemaining',
      'SomeFinalizersRemain',
      'Some content in the namespace has finalizers remaining: example.com/wait in 3 resource instances',
    ],
    [
      'kinds that cannot be deleted',
      { deletionFailures: ['no', 'never'] },
      'NamespaceDeletionContentFailure',
      'ContentDeletionFailed',
      'Failed to delete all resource types, 2 remaining: no, never',
    ],
    [
      'groups that do not answer',
      { discoveryFailures: ['apps/v1: gone'] },
      'NamespaceDeletionDiscoveryFailure',
      'DiscoveryFailed',
      'Discovery failed for some groups, 1 failing: apps/v1: gone',
    ],
  ];
  test.each(CASES)('tells of %s', (_title, change, type, reason, message) => {
    const found = find(namespaceConditions(report(change), [], now), type);
    expect(found).toEqual({ type, status: 'True', reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' });
  });

  test('moves a time only with its status, and keeps conditions of others', () => {
    const type = 'NamespaceContentRemaining';
    const before = [
      { type: 'Other', status: 'True' },
      { type, status: 'True', message: 'old', lastTransitionTime: '2025-12-31T00:00:00Z' },
    ] as NamespaceCondition[];
    const after = namespaceConditions(report({ remaining: new Map([['pods.', 1]]) }), before, now);
    expect(find(after, type)?.lastTransitionTime).toBe('2025-12-31T00:00:00Z');
    expect(find(after, type)?.message).toContain('pods. has 1');
    expect(after[0]).toEqual(before[0]);
  });
});

describe('isEmptied()', () => {
  test.each<[string, Partial<ContentReport>, boolean]>([
    ['nothing left', {}, true],
    ['an object left', { remaining: new Map([['pods.', 1]]) }, false],
    ['a group that may hide something', { discoveryFailures: ['x'] }, false],
    ['a kind that could not be listed', { deletionFailures: ['x'] }, false],
  ])('with %s', (_title, change, expected) => {
    expect(isEmptied(report(change))).toBe(expected);
  });
});
