/**
 * Pods nobody else would ever remove: bound to a node that is gone, deleted before they got one, or ended long ago.
 *
 * A node's kubelet finishes its pods; without a node nobody would, so the control plane does, without grace.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection
 */
import type { Node } from '../../../helper/api/core/node';
import { isTerminal, type Pod, podResource } from '../../../helper/api/core/pod';
import { EMPTY_PLAN, type Plan } from '../../../helper/controller/controller';
import { type DisruptionReason, disruptionWrites } from './disruption-target';
import { readinessOf } from './node-taints';

/** More ended pods than this, and the oldest go. */
export const TERMINATED_POD_THRESHOLD = 12_500;
/** set by an administrator who knows that the machine is off */
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

const orphaned = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };

function deletePods(pods: readonly Pod[], mark?: { why: DisruptionReason; now: Date }): Plan {
  if (pods.length === 0) return EMPTY_PLAN;
  const unfinished = mark ? pods.filter((pod) => !isTerminal(pod)) : [];
  const marks = unfinished.flatMap((pod) => (mark ? disruptionWrites(pod, mark.why, mark.now, 'Failed') : []));
  const deletions = pods.map((object) => ({
    verb: 'delete' as const,
    resource: podResource,
    object,
    options: { gracePeriodSeconds: 0 },
  }));
  return { steps: marks.length > 0 ? [marks, deletions] : [deletions] };
}

/** Pods of a node that does not exist: all of them. */
export function collectOrphans(pods: readonly Pod[], now: Date): Plan {
  return deletePods(pods, { why: orphaned, now });
}

/** Pods being deleted on a node that is not ready and was declared out of service. */
export function collectOutOfService(node: Node, pods: readonly Pod[], now: Date): Plan {
  const isOut = readinessOf(node) !== 'True' && node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE);
  const leaving = isOut ? pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined) : [];
  return deletePods(leaving, { why: { ...orphaned, message: 'PodGC: node out of service' }, now });
}

/** Pods deleted before they were scheduled, and ended pods above the threshold, oldest first. */
export function collectLeftovers(pods: readonly Pod[], threshold = TERMINATED_POD_THRESHOLD): Plan {
  const unscheduled = pods.filter(({ metadata, spec }) => metadata.deletionTimestamp && !spec?.nodeName);
  const ended = pods.filter((pod) => isTerminal(pod) && !pod.metadata.deletionTimestamp);
  const age = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? '') || 0;
  const oldest = [...ended].sort((a, b) => age(a) - age(b)).slice(0, Math.max(0, ended.length - threshold));
  return deletePods([...unscheduled, ...oldest]);
}
