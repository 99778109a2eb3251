/**
 * The condition that tells a pod's readers why the cluster, and not its program, ended it.
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import type { Write } from '../../../helper/controller/controller';

export interface DisruptionReason {
  readonly reason: string;
  readonly message: string;
}

/** The status write that adds the condition (and the phase, when given); none when nothing changes. */
export function disruptionWrites(pod: Pod, why: DisruptionReason, now: Date, phase = pod.status?.phase): Write[] {
  const current = pod.status?.conditions ?? [];
  const isMarked = current.some(({ type, reason }) => type === 'DisruptionTarget' && reason === why.reason);
  if (isMarked && phase === pod.status?.phase) return [];
  const lastTransitionTime = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const conditions = [
    ...current.filter(({ type }) => type !== 'DisruptionTarget'),
    { type: 'DisruptionTarget', status: 'True', ...why, lastTransitionTime },
  ];
  const object: Pod = { ...pod, status: { ...pod.status, conditions, ...(phase ? { phase } : {}) } };
  return [{ verb: 'updateStatus', resource: podResource, object }];
}
