/**
 * Whether a pod counts: as active, ready, or available. What every workload controller counts by.
 *
 * Active: not ended and not being deleted. Ready: its Ready condition says so. Available: ready for `minReadySeconds` on end.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-status
 */
import type { PodCondition } from 'kubernetes-types/core/v1';
import type { Pod } from './pod-object';

/** The condition of that type, or undefined. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** True for a pod that has neither ended (Succeeded, Failed) nor is being deleted. */
export function isPodActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined;
}

/** True when the pod's Ready condition is True. */
export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Milliseconds until the pod becomes available if it stays ready: 0 when it is, undefined when it is not ready. */
export function msUntilAvailable(pod: Pod, minReadySeconds: number, now: Date): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds <= 0) return 0;
  const since = Date.parse(ready.lastTransitionTime ?? '');
  if (Number.isNaN(since)) return undefined;
  return Math.max(0, since + minReadySeconds * 1000 - now.getTime());
}
