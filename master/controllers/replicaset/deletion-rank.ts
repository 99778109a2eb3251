/**
 * Which pods go first when there are too many: the order Kubernetes deletes in.
 *
 * A pod that serves least goes first: not on a node yet, not running, not ready, cheap by its own annotation, one of many on its
 * node, ready for a short time, restarted often, young. Times are compared by powers of two, and equal ones by uid, so that
 * a long-lived set does not always lose its newest pod.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset
 */
import type { Pod } from '../../../helper/api/core/pod';
import { isPodActive, isPodReady, podCondition } from '../../../helper/api/core/pod-availability';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const INT32_MAX = 2 ** 31 - 1;

/** What a pod is ranked by, computed once a pod. Each number: the lower, the earlier it goes. */
interface Rank {
  readonly pod: Pod;
  readonly steps: readonly number[];
  readonly readySince: number | undefined;
  readonly createdAt: number | undefined;
  readonly restarts: number;
  readonly sidecarRestarts: number;
}

/** The cost a pod declares; 0 when absent or not a 32-bit decimal integer. */
export function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '0';
  const cost = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) > INT32_MAX ? 0 : cost;
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function maxRestarts(pod: Pod): { regular: number; sidecar: number } {
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const counts = (list: readonly { name: string; restartCount: number }[]) =>
    list.map(({ restartCount }) => restartCount);
  const sidecar = (pod.status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  return {
    regular: Math.max(0, ...counts(pod.status?.containerStatuses ?? [])),
    sidecar: Math.max(0, ...counts(sidecar)),
  };
}

function rankOf(pod: Pod, podsOnNode: ReadonlyMap<string, number>): Rank {
  const nodeName = pod.spec?.nodeName ?? '';
  const ready = isPodReady(pod);
  const { regular, sidecar } = maxRestarts(pod);
  return {
    pod,
    steps: [
      nodeName ? 1 : 0,
      PHASE_ORDER[pod.status?.phase ?? ''] ?? 0,
      ready ? 1 : 0,
      deletionCost(pod),
      -(podsOnNode.get(nodeName) ?? 0),
    ],
    readySince: ready ? timeOf(podCondition(pod, 'Ready')?.lastTransitionTime) : undefined,
    createdAt: timeOf(pod.metadata.creationTimestamp),
    restarts: regular,
    sidecarRestarts: sidecar,
  };
}

/** Younger first, in steps of powers of two of the age; the uid decides inside a step. An unknown time goes first. */
function compareAge(a: number | undefined, b: number | undefined, uids: readonly [string, string], now: Date): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const power = (time: number) => {
    const ageNanoseconds = (now.getTime() - time) * 1e6;
    return ageNanoseconds > 0 ? Math.trunc(Math.log2(ageNanoseconds)) : -1;
  };
  return power(a) - power(b) || (uids[0] < uids[1] ? -1 : 1);
}

function compare(a: Rank, b: Rank, now: Date): number {
  for (const [index, step] of a.steps.entries()) {
    const difference = step - (b.steps[index] ?? 0);
    if (difference !== 0) return difference;
  }
  const uids = [a.pod.metadata.uid ?? '', b.pod.metadata.uid ?? ''] as const;
  return (
    compareAge(a.readySince, b.readySince, uids, now) ||
    b.restarts - a.restarts ||
    b.sidecarRestarts - a.sidecarRestarts ||
    compareAge(a.createdAt, b.createdAt, uids, now)
  );
}

/**
 * The `count` pods to delete, first to go first. `related` are the pods counted per node: those of this set and of the
 * sets it shares an owner with (the ReplicaSets of one Deployment).
 */
export function podsToDelete(pods: readonly Pod[], count: number, related: readonly Pod[], now: Date): readonly Pod[] {
  if (count >= pods.length) return pods;
  const podsOnNode = new Map<string, number>();
  for (const pod of related) {
    const nodeName = pod.spec?.nodeName ?? '';
    if (isPodActive(pod)) podsOnNode.set(nodeName, (podsOnNode.get(nodeName) ?? 0) + 1);
  }
  return pods
    .map((pod) => rankOf(pod, podsOnNode))
    .sort((a, b) => compare(a, b, now))
    .slice(0, count)
    .map(({ pod }) => pod);
}
