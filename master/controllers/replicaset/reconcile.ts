/**
 * ReplicaSet and ReplicationController: keep `spec.replicas` pods that match the selector, no more and no fewer.
 *
 * Pods belong to the set by their controller ownerReference; pods that ended or are being deleted do not count. Missing pods
 * are created from the template, surplus ones deleted in the order of `deletion-rank.ts`, at most 500 at a time. Called by
 * the harness for one key (`main.ts`). A ReplicationController is the same in older words.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { isPodActive } from '../../../helper/api/core/pod-availability';
import { adoptWrite, type Claim, claimDependents, releaseWrite } from '../../../helper/controller/claim-dependents';
import { EMPTY_PLAN, type Plan, type Write } from '../../../helper/controller/controller';
import { sameJson } from '../../../helper/controller/same-json';
import { podsToDelete } from './deletion-rank';
import { type PodSet, podFromTemplate } from './pod-set';
import { msUntilNextAvailable, podSetStatus, type ReplicaFailure } from './pod-set-status';

/** No more pods than this are created or deleted by one plan; the next plan goes on. */
export const BURST_REPLICAS = 500;

/**
 * The plan for one set; empty when all is well. `candidates`: the pods it owns and the orphans of its namespace
 * (others are ignored). `related`: pods of the ReplicaSets that share its Deployment, to thin out crowded nodes first.
 */
export function reconcilePodSet(
  set: PodSet,
  candidates: readonly Pod[],
  now: Date,
  related: readonly Pod[] = [],
): Plan {
  const claim = claimDependents(set.object, set.selector, candidates.filter(isPodActive));
  const mine = [...claim.owned, ...claim.adopt];
  const changes = set.object.metadata.deletionTimestamp ? [] : replicaWrites(set, mine, related, now);
  const steps = [claimWrites(set, claim), changes, statusWrites(set, mine, now)].filter((step) => step.length > 0);
  const requeueAfterMs = msUntilNextAvailable(set, mine, now);
  if (steps.length === 0 && requeueAfterMs === undefined) return EMPTY_PLAN;
  return {
    steps,
    onFailure: (message) => statusWrites(set, mine, now, failureOf(set, mine, message)),
    ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
  };
}

function claimWrites({ object }: PodSet, { adopt, release }: Claim<Pod>): Write[] {
  return [
    ...adopt.map((pod) => adoptWrite(podResource, object, pod)),
    ...release.map((pod) => releaseWrite(podResource, object, pod)),
  ];
}

/** Creations or deletions, whichever the difference asks for. */
function replicaWrites(set: PodSet, mine: readonly Pod[], related: readonly Pod[], now: Date): Write[] {
  const difference = set.replicas - mine.length;
  if (difference >= 0) {
    const object = podFromTemplate(set);
    return Array.from({ length: Math.min(difference, BURST_REPLICAS) }, () => ({
      verb: 'create',
      resource: podResource,
      object,
      onSuccess: { type: 'Normal', reason: 'SuccessfulCreate', message: 'Created pod: {name}' },
      onFailure: { type: 'Warning', reason: 'FailedCreate', message: 'Error creating: {error}' },
    }));
  }
  const onNodes = related.length > 0 ? related : mine;
  return podsToDelete(mine, Math.min(-difference, BURST_REPLICAS), onNodes, now).map((object) => ({
    verb: 'delete',
    resource: podResource,
    object,
    onSuccess: { type: 'Normal', reason: 'SuccessfulDelete', message: 'Deleted pod: {name}' },
    onFailure: { type: 'Warning', reason: 'FailedDelete', message: 'Error deleting: {error}' },
  }));
}

/** The status write, or none when it is right already. */
function statusWrites(set: PodSet, mine: readonly Pod[], now: Date, failure?: ReplicaFailure): Write[] {
  const status = podSetStatus(set, mine, now, failure);
  if (sameJson(status, set.object.status)) return [];
  const object = { ...set.object, status };
  return [{ verb: 'updateStatus', resource: set.resource, object }];
}

function failureOf(set: PodSet, mine: readonly Pod[], message: string): ReplicaFailure | undefined {
  if (mine.length === set.replicas) return undefined;
  return { reason: mine.length < set.replicas ? 'FailedCreate' : 'FailedDelete', message };
}
