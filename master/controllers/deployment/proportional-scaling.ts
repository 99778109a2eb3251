/**
 * A Deployment whose `replicas` changed, perhaps in the middle of a rollout: the change is shared among its ReplicaSets in
 * proportion to their sizes, so that a half-done rollout stays half done and risk stays balanced.
 *
 * Each active set remembers in annotations the size it was scaled for; a difference to the Deployment's wish tells that a
 * resize is due.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#proportional-scaling
 */
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import { desiredReplicas, maxReplicas } from './revision';
import { allSets, byAge, isActive, isRollingUpdate, type Resize, type Rollout, sizeOf, totalSize } from './rollout';

/** True when a set with pods was scaled for another number of replicas than is wanted now. */
export function isResizeDue(rollout: Rollout): boolean {
  return allSets(rollout).some((set) => {
    const desired = desiredReplicas(set);
    return isActive(set) && desired !== undefined && desired !== rollout.replicas;
  });
}

/** New sizes of the sets concerned, unchanged ones included (their annotations may be old); empty when there are no sets. */
export function scaledSizes(rollout: Rollout): Resize[] {
  const { replicas, newSet, oldSets } = rollout;
  const only = activeOrLatest(rollout);
  if (only) return [{ set: only, replicas }];
  if (newSet && isSaturated(newSet, replicas)) return oldSets.filter(isActive).map((set) => ({ set, replicas: 0 }));
  return isRollingUpdate(rollout.deployment) ? proportionalSizes(rollout) : [];
}

/** The one set with pods; without any, the new one or the youngest; undefined when several have pods, or none exists. */
function activeOrLatest({ newSet, oldSets }: Rollout): ReplicaSet | undefined {
  const active = allSets({ newSet, oldSets }).filter(isActive);
  if (active.length > 1) return undefined;
  return active[0] ?? newSet ?? [...oldSets].sort(byAge).at(-1);
}

/** The new set has all the pods wanted, and they are available: the old ones are not needed any more. */
function isSaturated(set: ReplicaSet, replicas: number): boolean {
  return (
    sizeOf(set) === replicas && desiredReplicas(set) === replicas && (set.status?.availableReplicas ?? 0) === replicas
  );
}

function proportionalSizes(rollout: Rollout): Resize[] {
  const { replicas, maxSurge } = rollout;
  const allowed = replicas > 0 ? replicas + maxSurge : 0;
  const toAdd = allowed - totalSize(allSets(rollout));
  const sets = allSets(rollout)
    .filter(isActive)
    .sort(toAdd > 0 ? largestThenNewest : largestThenOldest);
  let added = 0;
  const sizes = sets.map((set) => {
    const share = toAdd === 0 ? 0 : clampTo(toAdd - added, fractionOf(set, rollout));
    added += share;
    return { set, replicas: sizeOf(set) + share };
  });
  // What rounding left over goes to the largest.
  return sizes.map((size, index) =>
    index === 0 ? { ...size, replicas: Math.max(0, size.replicas + toAdd - added) } : size,
  );
}

const largestThenNewest = (a: ReplicaSet, b: ReplicaSet) => sizeOf(b) - sizeOf(a) || byAge(b, a);
const largestThenOldest = (a: ReplicaSet, b: ReplicaSet) => sizeOf(b) - sizeOf(a) || byAge(a, b);

/** `share`, but not beyond what is left to add or remove. */
function clampTo(left: number, share: number): number {
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
}

/** By how much the set would change if it kept its part of the whole. */
function fractionOf(set: ReplicaSet, { replicas, maxSurge, deployment }: Rollout): number {
  if (replicas === 0) return -sizeOf(set);
  const before = maxReplicas(set) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((sizeOf(set) * (replicas + maxSurge)) / before) - sizeOf(set);
}
