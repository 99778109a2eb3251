/**
 * Status of a Deployment: counts summed over its ReplicaSets' status, and its conditions.
 *
 * Available tells whether enough pods are available; Progressing whether the rollout moves, is done, or has made no progress for
 * `progressDeadlineSeconds`; ReplicaFailure repeats that of a ReplicaSet.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
import type { DeploymentStatus } from 'kubernetes-types/apps/v1';
import type { Deployment } from '../../../helper/api/apps/deployment';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import { type Conditions, findCondition, type NewCondition, withCondition, withoutCondition } from './conditions';
import { allSets, isPaused, type Rollout, totalSize } from './rollout';

/** progressDeadlineSeconds of this value means none. */
const NO_DEADLINE = 2 ** 31 - 1;

type Counts = Required<
  Pick<DeploymentStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas' | 'unavailableReplicas'>
>;

/** The deadline in seconds, or undefined when there is none. */
export function progressDeadline({ spec }: Deployment): number | undefined {
  const seconds = spec?.progressDeadlineSeconds;
  return seconds === undefined || seconds === NO_DEADLINE ? undefined : seconds;
}

const progressing = (status: NewCondition['status'], reason: string, message: string): NewCondition => ({
  type: 'Progressing',
  status,
  reason,
  message,
});

function countsOf(rollout: Rollout): Counts {
  const sets = allSets(rollout);
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas', of: readonly ReplicaSet[] = sets) =>
    of.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
  const availableReplicas = sum('availableReplicas');
  return {
    replicas: sum('replicas'),
    updatedReplicas: sum('replicas', rollout.newSet ? [rollout.newSet] : []),
    readyReplicas: sum('readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max(0, totalSize(sets) - availableReplicas),
  };
}

/** True when all pods are of the new template and available, and no old one is left. */
function isDone({ replicas }: Rollout, counts: Counts): boolean {
  return counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas;
}

/** True when the status last written says the rollout is done for the current spec. */
export function isComplete(rollout: Rollout): boolean {
  const { status, metadata } = rollout.deployment;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const counts = { replicas, updatedReplicas, availableReplicas, readyReplicas: 0, unavailableReplicas: 0 };
  return isDone(rollout, counts);
}

function hasProgressed(before: DeploymentStatus | undefined, counts: Counts): boolean {
  const old = { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0, ...before };
  return (
    counts.updatedReplicas > old.updatedReplicas ||
    counts.replicas - counts.updatedReplicas < old.replicas - old.updatedReplicas ||
    counts.readyReplicas > old.readyReplicas ||
    counts.availableReplicas > old.availableReplicas
  );
}

function withAvailability(conditions: Conditions, rollout: Rollout, counts: Counts, now: Date): Conditions {
  const isAvailable = counts.availableReplicas >= rollout.replicas - rollout.maxUnavailable;
  const wanted: NewCondition = isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  return withCondition(conditions, wanted, now);
}

/** Says that the rollout rests while paused, and that it goes on afterwards. A missed deadline stays said. */
function withPause(conditions: Conditions, deployment: Deployment, now: Date): Conditions {
  const reason = findCondition(conditions, 'Progressing')?.reason;
  if (progressDeadline(deployment) === undefined || reason === 'ProgressDeadlineExceeded') return conditions;
  const isSaid = reason === 'DeploymentPaused';
  if (isPaused(deployment) === isSaid) return conditions;
  const wanted = isSaid
    ? progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed')
    : progressing('Unknown', 'DeploymentPaused', 'Deployment is paused');
  return withCondition(conditions, wanted, now);
}

function withProgress(conditions: Conditions, rollout: Rollout, counts: Counts, now: Date): Conditions {
  const { deployment, newSet } = rollout;
  const deadline = progressDeadline(deployment);
  if (deadline === undefined) return withoutCondition(conditions, 'Progressing');
  const current = findCondition(conditions, 'Progressing');
  // Once done, pods that fail and come back are not a rollout.
  if (counts.replicas === counts.updatedReplicas && current?.reason === 'NewReplicaSetAvailable') return conditions;
  const who = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isDone(rollout, counts)) {
    const wanted = progressing('True', 'NewReplicaSetAvailable', `${who} has successfully progressed.`);
    return withCondition(conditions, wanted, now);
  }
  if (hasProgressed(deployment.status, counts)) {
    // lastUpdateTime is what the deadline is counted from, so it moves with every progress.
    return withCondition(conditions, progressing('True', 'ReplicaSetUpdated', `${who} is progressing.`), now, true);
  }
  if (!current || current.reason === 'NewReplicaSetAvailable') return conditions;
  const isLate = now.getTime() > Date.parse(current.lastUpdateTime ?? '') + deadline * 1000;
  if (!isLate) return conditions;
  const wanted = progressing('False', 'ProgressDeadlineExceeded', `${who} has timed out progressing.`);
  return withCondition(conditions, wanted, now);
}

function withReplicaFailure(conditions: Conditions, { newSet, oldSets }: Rollout, now: Date): Conditions {
  const failureOf = (set: ReplicaSet | undefined) =>
    set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const failure = failureOf(newSet) ?? oldSets.map(failureOf).find((found) => found !== undefined);
  if (!failure) return withoutCondition(conditions, 'ReplicaFailure');
  const { reason = '', message = '' } = failure;
  return withCondition(conditions, { type: 'ReplicaFailure', status: 'True', reason, message }, now);
}

export interface StatusInput {
  readonly rollout: Rollout;
  /** false while paused, being resized or deleted: then only counts and availability are told */
  readonly isRollingOut: boolean;
  /** what just happened to the new ReplicaSet, as a Progressing condition */
  readonly step?: 'created' | 'found';
}

/** The whole status; counts of zero are left out, as in the API. */
export function deploymentStatus({ rollout, isRollingOut, step }: StatusInput, now: Date): DeploymentStatus {
  const { deployment, newSet } = rollout;
  const counts = countsOf(rollout);
  let conditions = withPause(deployment.status?.conditions ?? [], deployment, now);
  if (step && newSet && progressDeadline(deployment) !== undefined) {
    const { name } = newSet.metadata;
    const [reason, message] =
      step === 'created'
        ? ['NewReplicaSetCreated', `Created new replica set "${name}"`]
        : ['FoundNewReplicaSet', `Found new replica set "${name}"`];
    conditions = withCondition(conditions, progressing('True', reason, message), now);
  }
  conditions = withAvailability(conditions, rollout, counts, now);
  if (isRollingOut) {
    conditions = withReplicaFailure(withProgress(conditions, rollout, counts, now), rollout, now);
  }
  return statusFrom(deployment, counts, conditions);
}

/** The status as it is, with the news that the new ReplicaSet could not be created. */
export function createFailedStatus(deployment: Deployment, setName: string, message: string, now: Date) {
  const text = `Failed to create new replica set "${setName}": ${message}`;
  const conditions = withCondition(
    deployment.status?.conditions ?? [],
    progressing('False', 'ReplicaSetCreateError', text),
    now,
  );
  return { ...deployment.status, conditions: [...conditions] };
}

function statusFrom({ metadata, status }: Deployment, counts: Counts, conditions: Conditions): DeploymentStatus {
  const numbers = Object.entries({ observedGeneration: metadata.generation ?? 0, ...counts });
  const { collisionCount } = status ?? {};
  return {
    ...Object.fromEntries(numbers.filter(([, count]) => count > 0)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions.length > 0 ? { conditions: [...conditions] } : {}),
  };
}

/** When to look again so that a missed deadline is noticed; undefined when none runs. */
export function msUntilDeadline(deployment: Deployment, status: DeploymentStatus, rollout: Rollout, now: Date) {
  const deadline = progressDeadline(deployment);
  const current = findCondition(status.conditions ?? [], 'Progressing');
  if (deadline === undefined || !current || isPaused(deployment)) return undefined;
  if (current.reason === 'ProgressDeadlineExceeded' || current.reason === 'NewReplicaSetAvailable') return undefined;
  if (isDone(rollout, countsOf(rollout))) return undefined;
  // One second more: the deadline is missed only once it has passed.
  const end = Date.parse(current.lastUpdateTime ?? '') + deadline * 1000 + 1000;
  return Math.max(1000, end - now.getTime());
}
