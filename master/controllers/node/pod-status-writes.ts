/**
 * What the control plane writes into the status of a pod whose kubelet cannot: not ready, disrupted, failed.
 *
 * Patches of single conditions, so they cannot undo what the kubelet wrote a moment ago, nor fail because it did.
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
import { isTerminal, type Pod, podResource } from '../../../helper/api/core/pod';
import { podCondition } from '../../../helper/api/core/pod-availability';
import type { Write, WriteEvents } from '../../../helper/controller/controller';

interface ConditionChange {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

function patchStatus(pod: Pod, status: { phase?: string; conditions?: object[] }, events: WriteEvents = {}): Write {
  const { uid, namespace = '', name } = pod.metadata;
  // The uid makes it fail rather than hit a new pod of the same name.
  const body = { metadata: { uid }, status };
  return {
    verb: 'patch',
    resource: podResource,
    namespace,
    name,
    body,
    subresource: 'status',
    type: 'strategic',
    ...events,
  };
}

function withTime(pod: Pod, condition: ConditionChange, now: Date): object {
  const before = podCondition(pod, condition.type);
  const isSame = before?.status === condition.status ? before.lastTransitionTime : undefined;
  return { ...condition, lastTransitionTime: isSame ?? now.toISOString().replace(/\.\d+Z$/, 'Z') };
}

/** The pod is not ready, whatever its kubelet said last. Services drop it. */
export function markNotReady(pod: Pod, now: Date): Write {
  const onSuccess = { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready', about: pod } as const;
  const ready = withTime(pod, { type: 'Ready', status: 'False' }, now);
  return patchStatus(pod, { conditions: [ready] }, { onSuccess });
}

/** The cluster, and not its program, ends the pod; none when that is said already. */
export function markDisrupted(pod: Pod, reason: string, message: string, now: Date): Write[] {
  const before = podCondition(pod, 'DisruptionTarget');
  if (before?.status === 'True' && before.reason === reason) return [];
  const condition = withTime(pod, { type: 'DisruptionTarget', status: 'True', reason, message }, now);
  return [patchStatus(pod, { conditions: [condition] })];
}

/** The pod has ended, for there is no kubelet to say so; none when it had ended before. `why` also says who ended it. */
export function markFailed(pod: Pod, now: Date, why?: { reason: string; message: string }): Write[] {
  if (isTerminal(pod)) return [];
  const conditions = why ? [withTime(pod, { type: 'DisruptionTarget', status: 'True', ...why }, now)] : undefined;
  return [patchStatus(pod, { phase: 'Failed', ...(conditions ? { conditions } : {}) })];
}
