/**
 * What one pass over a namespace's content found, and the five conditions that tell the user why it is still there.
 *
 * All five are always written together: a condition that is False says that this is not the reason. Reasons and messages are
 * Kubernetes', since people search for them.
 * https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace
 */
import type { NamespaceCondition } from 'kubernetes-types/core/v1';

export interface ContentReport {
  readonly discoveryFailures: readonly string[];
  readonly deletionFailures: readonly string[];
  /** `pods.` or `deployments.apps` -> objects left */
  readonly remaining: ReadonlyMap<string, number>;
  /** finalizer -> objects that carry it */
  readonly finalizers: ReadonlyMap<string, number>;
}

/** True when the namespace is known to be empty. */
export function isEmptied(report: ContentReport): boolean {
  const { discoveryFailures, deletionFailures, remaining } = report;
  return discoveryFailures.length === 0 && deletionFailures.length === 0 && remaining.size === 0;
}

type Finding = readonly [reason: string, message: string];

interface Row {
  readonly type: string;
  readonly problem: Finding | undefined;
  readonly fine: Finding;
}

function counted(counts: ReadonlyMap<string, number>, word: string): string {
  return [...counts]
    .map(([name, count]) => `${name} ${word} ${count} resource instances`)
    .sort()
    .join(', ');
}

function rows(report: ContentReport): Row[] {
  const { discoveryFailures, deletionFailures, remaining, finalizers } = report;
  const kinds = counted(remaining, 'has');
  const holders = counted(finalizers, 'in');
  const failed = `Failed to delete all resource types, ${deletionFailures.length} remaining: ${deletionFailures.join(', ')}`;
  const discovery = `Discovery failed for some groups, ${discoveryFailures.length} failing: ${discoveryFailures.join(', ')}`;
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      problem: discoveryFailures.length > 0 ? ['DiscoveryFailed', discovery] : undefined,
      fine: ['ResourcesDiscovered', 'All resources successfully discovered'],
    },
    {
      // Groups are read apart from versions, so none can be unreadable; clients expect the condition all the same.
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      problem: undefined,
      fine: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    },
    {
      type: 'NamespaceDeletionContentFailure',
      problem: deletionFailures.length > 0 ? ['ContentDeletionFailed', failed] : undefined,
      fine: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    },
    {
      type: 'NamespaceContentRemaining',
      problem: kinds ? ['SomeResourcesRemain', `Some resources are remaining: ${kinds}`] : undefined,
      fine: ['ContentRemoved', 'All content successfully removed'],
    },
    {
      type: 'NamespaceFinalizersRemaining',
      problem: holders
        ? ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${holders}`]
        : undefined,
      fine: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    },
  ];
}

/** All conditions of the namespace after this pass; a time moves only with its condition's status. */
export function namespaceConditions(
  report: ContentReport,
  before: readonly NamespaceCondition[],
  now: Date,
): NamespaceCondition[] {
  const written = rows(report).map(({ type, problem, fine }): NamespaceCondition => {
    const [reason, message] = problem ?? fine;
    const status = problem ? 'True' : 'False';
    const known = before.find((condition) => condition.type === type);
    const isSame = known?.status === status ? known.lastTransitionTime : undefined;
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: isSame ?? now.toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  });
  const others = before.filter((condition) => !written.some(({ type }) => type === condition.type));
  return [...others, ...written];
}
