/**
 * The state of a rollout: the Deployment's wish and its ReplicaSets, old and new, with the sums everything is decided by.
 *
 * The new ReplicaSet is the one whose template is the Deployment's; all others are old.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
import { countOf } from '../../../helper/api/apps/count-or-percent';
import type { Deployment } from '../../../helper/api/apps/deployment';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import { sameTemplate } from './template-hash';

export interface Rollout {
  readonly deployment: Deployment;
  /** wanted number of pods */
  readonly replicas: number;
  /** pods allowed above `replicas` meanwhile */
  readonly maxSurge: number;
  /** available pods that may be missing from `replicas` meanwhile */
  readonly maxUnavailable: number;
  readonly newSet: ReplicaSet | undefined;
  /** oldest first */
  readonly oldSets: readonly ReplicaSet[];
}

/** The new size of a ReplicaSet. */
export interface Resize {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

export const isRollingUpdate = ({ spec }: Deployment) => spec?.strategy?.type !== 'Recreate';
export const isPaused = ({ spec }: Deployment) => spec?.paused === true;

/** Wanted pods of a set. */
export const sizeOf = (set: ReplicaSet) => set.spec?.replicas ?? 1;
export const totalSize = (sets: readonly ReplicaSet[]) => sets.reduce((sum, set) => sum + sizeOf(set), 0);
/** A set that should have pods. */
export const isActive = (set: ReplicaSet) => sizeOf(set) > 0;
/** Every set, the new one last. */
export const allSets = ({ oldSets, newSet }: Pick<Rollout, 'oldSets' | 'newSet'>) =>
  newSet ? [...oldSets, newSet] : [...oldSets];

/**
 * maxSurge and maxUnavailable as numbers: shares round up for surge and down for unavailable; both 0 would stand still, so
 * one pod may then be unavailable.
 */
export function boundsOf(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const replicas = deployment.spec?.replicas ?? 1;
  const surge = countOf(maxSurge ?? '25%', replicas, 'up');
  const unavailable = countOf(maxUnavailable ?? '25%', replicas, 'down');
  return { maxSurge: surge, maxUnavailable: Math.min(replicas, surge + unavailable === 0 ? 1 : unavailable) };
}

/** Oldest first; the name decides between sets of the same second. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [first, second] = [a.metadata, b.metadata].map((metadata) => Date.parse(metadata.creationTimestamp ?? '') || 0);
  return (first ?? 0) - (second ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/** Finds new and old among the Deployment's sets. Of two sets with the template, the older is the new one. */
export function rolloutOf(deployment: Deployment, sets: readonly ReplicaSet[]): Rollout {
  const sorted = [...sets].sort(byAge);
  const newSet = sorted.find((set) => sameTemplate(set.spec?.template, deployment.spec?.template));
  return {
    deployment,
    replicas: deployment.spec?.replicas ?? 1,
    ...boundsOf(deployment),
    newSet,
    oldSets: sorted.filter((set) => set !== newSet),
  };
}
