/**
 * Pods nobody else would ever remove: bound to a node that is gone, deleted before they got one, or ended long ago.
 *
 * A node's kubelet finishes its pods; without a node nobody would, so the control plane does, without grace. Pods that have not
 * ended are marked Failed first, so that whoever counts them (a Job) sees an end and not a disappearance.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection
 */
import type { Node } from '../../../helper/api/core/node';
import { isTerminal, type Pod, podResource } from '../../../helper/api/core/pod';
import type { Plan, Write } from '../../../helper/controller/controller';
import { readinessOf } from './node-taints';
import { markFailed } from './pod-status-writes';

/** More ended pods than this, and the oldest go (--terminated-pod-gc-threshold). */
const TERMINATED_POD_THRESHOLD = 12_500;
/** Set by an administrator who knows that the machine is off. */
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
const NODE_GONE = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };

function finish(pods: readonly Pod[], now: Date, why?: typeof NODE_GONE): Plan {
  const deletions = pods.map(
    (object): Write => ({ verb: 'delete', resource: podResource, object, options: { gracePeriodSeconds: 0 } }),
  );
  return { steps: [pods.flatMap((pod) => markFailed(pod, now, why)), deletions].filter((step) => step.length > 0) };
}

/** Ends all pods of a node that does not exist. */
export function collectOrphans(pods: readonly Pod[], now: Date): Plan {
  return finish(pods, now, NODE_GONE);
}

/** Ends the pods being deleted on a node that is not ready and was declared out of service. */
export function collectOutOfService(node: Node, pods: readonly Pod[], now: Date): Plan {
  const isOut = readinessOf(node) !== 'True' && node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE);
  return finish(isOut ? pods.filter(({ metadata }) => metadata.deletionTimestamp) : [], now);
}

/** Ends pods that were deleted before they got a node, and the ended pods above the threshold. */
export function collectLeftovers(pods: readonly Pod[], now: Date, threshold = TERMINATED_POD_THRESHOLD): Plan {
  const unscheduled = pods.filter(({ metadata, spec }) => metadata.deletionTimestamp && !spec?.nodeName);
  return finish([...unscheduled, ...surplusEnded(pods, threshold)], now);
}

/** Evicted pods first, since nobody asks for them, then the oldest. */
function surplusEnded(pods: readonly Pod[], threshold: number): Pod[] {
  if (pods.length <= threshold) return [];
  const ended = pods.filter(isTerminal);
  const rank = ({ status }: Pod) => (status?.reason === 'Evicted' ? 0 : 1);
  const age = ({ metadata }: Pod) => Date.parse(metadata.creationTimestamp ?? '') || 0;
  const byRank = (a: Pod, b: Pod) =>
    rank(a) - rank(b) || age(a) - age(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
  return ended.sort(byRank).slice(0, Math.max(0, ended.length - threshold));
}
