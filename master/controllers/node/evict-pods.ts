/**
 * Which pods must leave a node because of its NoExecute taints, and when.
 *
 * A pod that tolerates every NoExecute taint stays; one that tolerates them for some seconds stays that long; any other goes at
 * once. Only readiness is softer: pods without a word about not-ready or unreachable get the cluster's eviction time, so a
 * node that is away for a moment costs nothing.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */
import type { Taint, Toleration } from 'kubernetes-types/core/v1';
import type { Node } from '../../../helper/api/core/node';
import { isTerminal, type Pod, podResource } from '../../../helper/api/core/pod';
import type { Plan } from '../../../helper/controller/controller';
import { EMPTY_PLAN } from '../../../helper/controller/controller';
import { disruptionWrites } from './disruption-target';
import { NOT_READY, UNREACHABLE } from './node-taints';

export interface EvictionFacts {
  readonly pods: readonly Pod[];
  /** how long pods that say nothing about not-ready and unreachable stay */
  readonly podEvictionSeconds: number;
  /** when a taint that carries no time was first seen */
  firstSeen(taint: Taint): Date;
}

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if ((toleration.operator ?? 'Equal') === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}

/** Seconds the pod may stay with the taint: 0 = go now, Infinity = for ever. */
export function tolerationSeconds(pod: Pod, taint: Taint, podEvictionSeconds: number): number {
  const matching = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (matching.length === 0) return taint.key === NOT_READY || taint.key === UNREACHABLE ? podEvictionSeconds : 0;
  const seconds = matching.map((toleration) => toleration.tolerationSeconds ?? Number.POSITIVE_INFINITY);
  return Math.max(0, Math.min(...seconds));
}

/** When the pod has to go, in milliseconds since the epoch; Infinity when it may stay. */
function evictionTime(pod: Pod, taints: readonly Taint[], facts: EvictionFacts): number {
  const times = taints.map((taint) => {
    const added = taint.timeAdded ? Date.parse(taint.timeAdded) : facts.firstSeen(taint).getTime();
    // A pod that came later has its seconds from its own beginning.
    const since = Math.max(added, Date.parse(pod.metadata.creationTimestamp ?? '') || 0);
    return since + tolerationSeconds(pod, taint, facts.podEvictionSeconds) * 1000;
  });
  return Math.min(...times, Number.POSITIVE_INFINITY);
}

/** Deletes the pods whose time has come, and comes back for the next one. */
export function evictPods(node: Node, facts: EvictionFacts, now: Date): Plan {
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (taints.length === 0) return EMPTY_PLAN;
  const staying = facts.pods.filter((pod) => !pod.metadata.deletionTimestamp && !isTerminal(pod));
  const times = staying.map((pod) => ({ pod, at: evictionTime(pod, taints, facts) }));
  const due = times.filter(({ at }) => at <= now.getTime()).map(({ pod }) => pod);
  const next = Math.min(...times.filter(({ at }) => at > now.getTime()).map(({ at }) => at));
  const later = Number.isFinite(next) ? { requeueAfterMs: next - now.getTime() } : {};
  if (due.length === 0) return { steps: [], ...later };
  const reason = { reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' };
  const marks = due.flatMap((pod) => disruptionWrites(pod, reason, now));
  const deletions = due.map((pod) => {
    const message = `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`;
    const onSuccess = { type: 'Normal', reason: 'TaintManagerEviction', message, about: pod } as const;
    return { verb: 'delete', resource: podResource, object: pod, onSuccess } as const;
  });
  return { steps: [marks, deletions], ...later };
}
