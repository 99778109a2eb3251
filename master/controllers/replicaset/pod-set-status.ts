/**
 * Status of a set of pods: how many there are, fit the template's labels, are ready, are available.
 *
 * Counted from the pods seen at the start of a reconcile, before anything is created or deleted: status tells what was
 * observed, not what is hoped for.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/replica-set-v1/#ReplicaSetStatus
 */
import type { Pod } from '../../../helper/api/core/pod';
import { isPodReady, msUntilAvailable } from '../../../helper/api/core/pod-availability';
import type { PodSet, PodSetStatus } from './pod-set';

/** Why the set cannot have the pods it wants. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** RFC 3339 in whole seconds, as Kubernetes' Time is written. */
const timestamp = (now: Date) => now.toISOString().replace(/\.\d+Z$/, 'Z');

function conditionsOf(
  before: PodSetStatus['conditions'],
  failure: ReplicaFailure | undefined,
  now: Date,
): NonNullable<PodSetStatus['conditions']> {
  const others = (before ?? []).filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure) return others;
  const known = before?.find(({ type }) => type === 'ReplicaFailure');
  // The first failure is kept until a reconcile succeeds: later ones mostly say the same and would rewrite status each time.
  return [
    ...others,
    known ?? { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: timestamp(now) },
  ];
}

function hasTemplateLabels({ template }: PodSet, pod: Pod): boolean {
  return Object.entries(template?.metadata?.labels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

/** The whole status; counts of zero are left out, except `replicas`, as in the API. */
export function podSetStatus(set: PodSet, pods: readonly Pod[], now: Date, failure?: ReplicaFailure): PodSetStatus {
  const fullyLabeledReplicas = pods.filter((pod) => hasTemplateLabels(set, pod)).length;
  const readyReplicas = pods.filter(isPodReady).length;
  const availableReplicas = pods.filter((pod) => msUntilAvailable(pod, set.minReadySeconds, now) === 0).length;
  const conditions = conditionsOf(set.object.status?.conditions, failure, now);
  const { generation } = set.object.metadata;
  return {
    replicas: pods.length,
    ...(fullyLabeledReplicas > 0 ? { fullyLabeledReplicas } : {}),
    ...(readyReplicas > 0 ? { readyReplicas } : {}),
    ...(availableReplicas > 0 ? { availableReplicas } : {}),
    ...(generation ? { observedGeneration: generation } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

/** Milliseconds until the next ready pod becomes available; undefined when none is on its way. */
export function msUntilNextAvailable({ minReadySeconds }: PodSet, pods: readonly Pod[], now: Date): number | undefined {
  const waits = pods
    .map((pod) => msUntilAvailable(pod, minReadySeconds, now))
    .filter((wait) => wait !== undefined && wait > 0);
  return waits.length > 0 ? Math.min(...(waits as number[])) : undefined;
}
