/**
 * Quality of service: who is killed first when memory runs short.
 *
 * Guaranteed: every container has cpu and memory limits equal to its requests. BestEffort: nobody asked for anything.
 * Burstable: the rest.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { bytesOf, compareQuantities } from '../../helper/api/quantity';

const QOS_RESOURCES = ['cpu', 'memory'];
const GUARANTEED_OOM_SCORE = -997;
const BEST_EFFORT_OOM_SCORE = 1000;

/** `Guaranteed`, `Burstable` or `BestEffort`. */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const asksNothing = (container: Container) =>
    QOS_RESOURCES.every(
      (name) => !isSet(container.resources?.requests?.[name]) && !isSet(container.resources?.limits?.[name]),
    );
  if (containers.every(asksNothing)) return 'BestEffort';
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function isSet(quantity: string | undefined): boolean {
  return quantity !== undefined && compareQuantities(quantity, 0) > 0;
}

function isGuaranteed(container: Container): boolean {
  return QOS_RESOURCES.every((name) => {
    const limit = container.resources?.limits?.[name];
    const request = container.resources?.requests?.[name] ?? limit;
    return limit !== undefined && isSet(limit) && request !== undefined && compareQuantities(limit, request) === 0;
  });
}

/**
 * oom_score_adj of a container: -997 Guaranteed, 1000 BestEffort, in between by the share of the node's memory it
 * requested: 1000 - 1000 * request / capacity, kept within 3..999 (kubelet's qos policy).
 */
export function oomScoreAdjustment(pod: Pod, container: Container, memoryCapacityBytes: number): number {
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return GUARANTEED_OOM_SCORE;
  if (qos === 'BestEffort') return BEST_EFFORT_OOM_SCORE;
  const requested = bytesOf(container.resources?.requests?.['memory']);
  const score = 1000 - Math.floor((1000 * requested) / memoryCapacityBytes);
  const lowest = 1000 + GUARANTEED_OOM_SCORE;
  return Math.min(Math.max(score, lowest), BEST_EFFORT_OOM_SCORE - 1);
}
