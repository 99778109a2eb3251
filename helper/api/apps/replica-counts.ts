/**
 * How the counts in a workload's status fit together: there cannot be more ready pods than pods.
 */
import { type FieldError, invalid } from '../field-error';
import { validateNotNegative } from '../field-rules';

type Counts = {
  readonly [key in 'replicas' | 'readyReplicas' | 'availableReplicas']?: number | undefined;
};

/** The errors for counts of pods with some quality that exceed the count of pods. */
export function validateNotMoreThanReplicas<K extends string>(
  status: { readonly replicas?: number | undefined } & { readonly [key in K]?: number | undefined },
  counts: readonly K[],
): FieldError[] {
  const total = status.replicas ?? 0;
  return counts
    .filter((key) => (status[key] ?? 0) > total)
    .map((key) => invalid(`status.${key}`, status[key] ?? 0, 'cannot be greater than status.replicas'));
}

/** The error for more available pods than ready ones. */
function validateAvailable({ readyReplicas = 0, availableReplicas = 0 }: Counts): FieldError[] {
  if (availableReplicas <= readyReplicas) return [];
  return [invalid('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas')];
}

/** All that is wrong with the status of a ReplicaSet, Deployment or ReplicationController: `counts` are part of all replicas. */
export function validateReplicaStatus<K extends string>(
  status:
    | (Counts & { readonly observedGeneration?: number | undefined } & { readonly [key in K]?: number | undefined })
    | undefined,
  counts: readonly K[],
): FieldError[] {
  return [
    ...validateNotNegative(status?.replicas, 'status.replicas'),
    ...counts.flatMap((key) => validateNotNegative(status?.[key], `status.${key}`)),
    ...validateNotNegative(status?.observedGeneration, 'status.observedGeneration'),
    ...validateNotMoreThanReplicas(status ?? {}, counts),
    ...validateAvailable(status ?? {}),
  ];
}

/** The error for a count of collisions that went down; `old` undefined when there was none. */
export function validateCollisions(count: number | undefined, old: number | undefined): FieldError[] {
  const isLess = old !== undefined && (count === undefined || count < old);
  return [
    ...validateNotNegative(count, 'status.collisionCount'),
    ...(isLess ? [invalid('status.collisionCount', count ?? 0, 'cannot be decremented')] : []),
  ];
}
