/**
 * Which pods must leave a node because of its NoExecute taints, and when.
 *
 * A pod that does not tolerate every one of them goes at once. One that tolerates them for some seconds stays that long, counted
 * from when the taint came (or the pod, if later). One that tolerates them without a limit stays. The usual 300 seconds on a
 * node in trouble are tolerations the api-server gave the pod when it was made.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */
import type { Taint, Toleration } from 'kubernetes-types/core/v1';
import type { Node } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import type { EventDraft, Plan, Write } from '../../../helper/controller/controller';
import { markDisrupted } from './pod-status-writes';

const REASON = 'DeletionByTaintManager';
const MESSAGE = 'Taint manager: deleting due to NoExecute taint';

/** uid of a pod that will have to go -> since when its time runs, in milliseconds since the epoch. */
export type Countdowns = ReadonlyMap<string, number>;

export interface Evictions {
  readonly plan: Plan;
  /** the countdowns that run now, for the next call */
  readonly countdowns: Countdowns;
}

/** The taints of the node that drive pods off. */
export function noExecuteTaints(node: Node | undefined): readonly Taint[] {
  return (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if ((toleration.operator || 'Equal') === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}

/** Seconds the pod may stay under these taints: 0 = it must go now, Infinity = it may stay. */
export function tolerationSeconds(pod: Pod, taints: readonly Taint[]): number {
  const seconds = taints.map((taint) => {
    // Kubernetes also looks no further than the first toleration that fits.
    const used = pod.spec?.tolerations?.find((toleration) => tolerates(toleration, taint));
    return used ? (used.tolerationSeconds ?? Number.POSITIVE_INFINITY) : 0;
  });
  return Math.max(0, Math.min(...seconds, Number.POSITIVE_INFINITY));
}

/** When the pod's time began: with the first of the taints, or with the pod. Taints by hand carry no time: then now. */
function countdownStart(pod: Pod, taints: readonly Taint[], now: Date): number {
  const added = taints.map(({ timeAdded }) => (timeAdded ? Date.parse(timeAdded) : now.getTime()));
  return Math.max(Math.min(...added), Date.parse(pod.metadata.creationTimestamp ?? '') || 0);
}

/** Deletes the pods whose time has come, comes back for the next one, and says whom it spares after all. */
export function evictPods(node: Node, pods: readonly Pod[], running: Countdowns, now: Date): Evictions {
  const taints = noExecuteTaints(node);
  const countdowns = new Map<string, number>();
  const due: Pod[] = [];
  const spared: Pod[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (const pod of pods.filter(({ metadata }) => !metadata.deletionTimestamp)) {
    const uid = pod.metadata.uid ?? '';
    const seconds = tolerationSeconds(pod, taints);
    if (seconds === Number.POSITIVE_INFINITY) {
      if (running.has(uid)) spared.push(pod);
      continue;
    }
    const since = running.get(uid) ?? countdownStart(pod, taints, now);
    const at = since + seconds * 1000;
    countdowns.set(uid, since);
    if (seconds === 0 || at <= now.getTime()) due.push(pod);
    else next = Math.min(next, at);
  }
  const plan: Plan = {
    steps: [due.flatMap((pod) => markDisrupted(pod, REASON, MESSAGE, now)), due.map(deletion)].filter(
      (step) => step.length > 0,
    ),
    events: spared.map((pod) => evictionEvent('Cancelling deletion of Pod', pod)),
    ...(Number.isFinite(next) ? { requeueAfterMs: next - now.getTime() } : {}),
  };
  return { plan, countdowns };
}

const evictionEvent = (words: string, pod: Pod): EventDraft => ({
  type: 'Normal',
  reason: 'TaintManagerEviction',
  message: `${words} ${pod.metadata.namespace}/${pod.metadata.name}`,
  about: pod,
});

const deletion = (pod: Pod): Write => ({
  verb: 'delete',
  resource: podResource,
  object: pod,
  onSuccess: evictionEvent('Marking for deletion Pod', pod),
});
