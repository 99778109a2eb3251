/**
 * RollingUpdate: which ReplicaSet changes size next, so that never too many pods exist and never too few are available.
 *
 * One move at a time: the new set grows as far as `maxSurge` allows; else the old ones shrink as far as `maxUnavailable`
 * allows, sick pods first. Sums are taken on the safe side, because a set's status lags behind its spec: a set has at most
 * max(spec, status) pods and keeps at most min(spec, status) available ones. Kubernetes counts by spec alone and may exceed
 * the bounds for a moment.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge
 */
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import { allSets, type Resize, type Rollout, sizeOf, totalSize } from './rollout';

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const podsAtMost = (set: ReplicaSet) => Math.max(sizeOf(set), set.status?.replicas ?? 0);
const availableAtLeast = (set: ReplicaSet) => Math.min(sizeOf(set), set.status?.availableReplicas ?? 0);

/** The ReplicaSet controller has not looked at the set since it changed, so it may have any number of pods. */
const isUnobserved = ({ metadata, status }: ReplicaSet) =>
  metadata.uid !== undefined && (status?.observedGeneration ?? 0) < (metadata.generation ?? 0);

/** Size of the new set now: never above what is wanted, nor above what the surge leaves room for. */
export function newSetSize(rollout: Rollout, newSet: ReplicaSet): number {
  const size = sizeOf(newSet);
  const { replicas, maxSurge } = rollout;
  if (size >= replicas) return replicas;
  const sets = [...rollout.oldSets, newSet];
  // Growing while it still shrinks would count pods that are on their way out as available.
  if (sets.some(isUnobserved) || podsAtMost(newSet) > size) return size;
  const room = replicas + maxSurge - sum(sets.map(podsAtMost));
  return size + Math.max(0, Math.min(room, replicas - size));
}

/** How old sets shrink now; empty when none may. */
export function oldSetSizes(rollout: Rollout, newSet: ReplicaSet): Resize[] {
  const { replicas, maxUnavailable, oldSets } = rollout;
  if (totalSize(oldSets) === 0) return [];
  const minAvailable = replicas - maxUnavailable;
  const newUnavailable = sizeOf(newSet) - availableAtLeast(newSet);
  const mayGo = totalSize(allSets({ oldSets, newSet })) - minAvailable - newUnavailable;
  if (mayGo <= 0) return [];
  // Pods that are not available cost nothing: they go first, in every set, oldest set first.
  const sick = takeFrom(oldSets, mayGo, (set) => sizeOf(set) - availableAtLeast(set));
  const sickCount = sum([...sick.values()]);
  const available = sum(allSets({ oldSets, newSet }).map(availableAtLeast));
  const healthyMayGo = Math.min(mayGo - sickCount, available - minAvailable);
  const healthy = takeFrom(oldSets, healthyMayGo, (set) => sizeOf(set) - (sick.get(set) ?? 0));
  return oldSets
    .map((set) => ({ set, replicas: sizeOf(set) - (sick.get(set) ?? 0) - (healthy.get(set) ?? 0) }))
    .filter(({ set, replicas: size }) => size !== sizeOf(set));
}

/** Takes up to `total` pods, as many as `limit` allows from each set in turn. */
function takeFrom(sets: readonly ReplicaSet[], total: number, limit: (set: ReplicaSet) => number) {
  const taken = new Map<ReplicaSet, number>();
  let left = total;
  for (const set of sets) {
    const count = Math.min(left, limit(set));
    if (count <= 0) continue;
    taken.set(set, count);
    left -= count;
  }
  return taken;
}
