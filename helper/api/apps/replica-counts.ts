/**
 * How the counts in a workload's status fit together: there cannot be more ready pods than pods.
 */
import { type FieldError, invalid } from '../field-error';

/** The errors for counts of pods with some quality that exceed the count of pods. */
export function validateNotMoreThanReplicas<K extends string>(
  status: { readonly replicas?: number } & { readonly [key in K]?: number | undefined },
  counts: readonly K[],
): FieldError[] {
  const total = status.replicas ?? 0;
  return counts
    .filter((key) => (status[key] ?? 0) > total)
    .map((key) => invalid(`status.${key}`, status[key], 'cannot be greater than status.replicas'));
}
