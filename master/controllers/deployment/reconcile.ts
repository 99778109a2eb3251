/**
 * Deployment: roll from the old ReplicaSets to the one with the current template, in steps that keep the application up.
 *
 * Each call plans at most one move, from the state seen and nothing else: claim ReplicaSets; resize all in proportion when
 * `replicas` changed; rest while paused; create the new set or change sizes by the strategy; forget old revisions when done.
 * Every write of a ReplicaSet wakes the Deployment again, so a controller restarted at any point just goes on.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
import { type Deployment, deploymentResource } from '../../../helper/api/apps/deployment';
import { type ReplicaSet, replicaSetResource } from '../../../helper/api/apps/replica-set';
import { isTerminal, type Pod } from '../../../helper/api/core/pod';
import { adoptWrite, claimDependents, releaseWrite } from '../../../helper/controller/claim-dependents';
import { EMPTY_PLAN, type Plan, type Write } from '../../../helper/controller/controller';
import { sameJson } from '../../../helper/controller/same-json';
import { newReplicaSet } from './new-replica-set';
import { isResizeDue, scaledSizes } from './proportional-scaling';
import { newSetAnnotations, REVISION, setsToForget, withSize } from './revision';
import { newSetSize, oldSetSizes } from './rolling-update';
import { isActive, isPaused, isRollingUpdate, type Resize, type Rollout, rolloutOf, sizeOf } from './rollout';
import {
  createFailedStatus,
  deploymentStatus,
  isComplete,
  msUntilDeadline,
  progressDeadline,
  type StatusInput,
} from './status';

/** Changes of ReplicaSets, and what they mean for status. */
interface Move {
  readonly writes: readonly Write[];
  readonly status: StatusInput;
}

/**
 * The plan for one Deployment; empty when all is well. `candidates`: every ReplicaSet of its namespace. `pods`: those of its
 * ReplicaSets, needed only by the Recreate strategy.
 */
export function reconcileDeployment(
  deployment: Deployment,
  candidates: readonly ReplicaSet[],
  pods: readonly Pod[],
  now: Date,
): Plan {
  const claim = claimDependents(deployment, deployment.spec?.selector, candidates);
  const claims = [
    ...claim.adopt.map((set) => adoptWrite(replicaSetResource, deployment, set)),
    ...claim.release.map((set) => releaseWrite(replicaSetResource, deployment, set)),
  ];
  // A claimed set has a new resourceVersion: the rest is planned once it is seen.
  if (claims.length > 0) return { steps: [claims] };
  const rollout = rolloutOf(deployment, claim.owned);
  if (deployment.metadata.deletionTimestamp) return planOf(rollout, resting(rollout), now);
  if (isPaused(deployment) || isResizeDue(rollout)) return planOf(rollout, resize(rollout), now);
  if (!rollout.newSet && mayCreate(rollout, pods)) return planCreation(rollout, candidates, now);
  return planOf(rollout, roll(rollout, pods), now);
}

const resting = (rollout: Rollout): Move => ({ writes: [], status: { rollout, isRollingOut: false } });

/** Paused or resized: sizes follow `replicas`, no pod changes its template. */
function resize(rollout: Rollout): Move {
  const sizes = new Map(scaledSizes(rollout).map(({ set, replicas }) => [set, replicas]));
  const concerned = [...rollout.oldSets, ...(rollout.newSet ? [rollout.newSet] : [])].filter(
    (set) => sizes.has(set) || isActive(set),
  );
  const resizes = concerned.map((set) => ({ set, replicas: sizes.get(set) ?? sizeOf(set) }));
  const forgotten = isPaused(rollout.deployment) ? forget(rollout) : [];
  return { ...resting(rollout), writes: [...resizes.flatMap((size) => resizeWrites(rollout, size)), ...forgotten] };
}

/** One move of the rollout: the new set's annotations and size, else the sizes of the old ones, else clean-up. */
function roll(rollout: Rollout, pods: readonly Pod[]): Move {
  const { newSet, deployment } = rollout;
  const hasCondition = deployment.status?.conditions?.some(({ type }) => type === 'Progressing');
  const status: StatusInput = {
    rollout,
    isRollingOut: true,
    ...(newSet && !hasCondition ? { step: 'found' as const } : {}),
  };
  const move = isRollingUpdate(deployment) ? rollingMove(rollout) : recreateMove(rollout, pods);
  const forgotten = move.length === 0 && isComplete(rollout) ? forget(rollout) : [];
  return { status, writes: [...move, ...forgotten] };
}

function rollingMove(rollout: Rollout): Write[] {
  const { newSet } = rollout;
  if (!newSet) return [];
  const growth = newSetWrites(rollout, newSet, newSetSize(rollout, newSet));
  if (growth.length > 0) return growth;
  return oldSetSizes(rollout, newSet).flatMap((size) => resizeWrites(rollout, size));
}

/** Recreate: first no old pod is left, not even a terminating one, then the new set gets all of its pods. */
function recreateMove(rollout: Rollout, pods: readonly Pod[]): Write[] {
  const { newSet, oldSets, replicas } = rollout;
  const ending = oldSets.filter(isActive).flatMap((set) => resizeWrites(rollout, { set, replicas: 0 }));
  if (ending.length > 0 || !newSet) return ending;
  return newSetWrites(rollout, newSet, oldPodsExist(rollout, pods) ? sizeOf(newSet) : replicas);
}

function oldPodsExist({ newSet, oldSets }: Rollout, pods: readonly Pod[]): boolean {
  if (oldSets.some(({ status }) => (status?.replicas ?? 0) > 0)) return true;
  const isNew = (pod: Pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === newSet?.metadata.uid);
  return pods.some((pod) => !isTerminal(pod) && !isNew(pod));
}

function mayCreate(rollout: Rollout, pods: readonly Pod[]): boolean {
  return isRollingUpdate(rollout.deployment) || !(rollout.oldSets.some(isActive) || oldPodsExist(rollout, pods));
}

/** Size, annotations and minReadySeconds of the new set, in one write; none when all are right. */
function newSetWrites(rollout: Rollout, newSet: ReplicaSet, replicas: number): Write[] {
  const { deployment, oldSets } = rollout;
  const annotations = newSetAnnotations(deployment, newSet, oldSets);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const isCurrent =
    sameJson(annotations, newSet.metadata.annotations ?? {}) && (newSet.spec?.minReadySeconds ?? 0) === minReadySeconds;
  if (isCurrent && replicas === sizeOf(newSet)) return [];
  return [setWrite(rollout, { set: newSet, replicas }, annotations, minReadySeconds)];
}

/** Size of a set and the annotations that tell what it was scaled for; none when both are right. */
function resizeWrites(rollout: Rollout, size: Resize): Write[] {
  const before = size.set.metadata.annotations ?? {};
  const annotations = withSize(before, rollout.replicas, rollout.maxSurge);
  if (size.replicas === sizeOf(size.set) && sameJson(before, annotations)) return [];
  return [setWrite(rollout, size, annotations, size.set.spec?.minReadySeconds ?? 0)];
}

function setWrite(
  { replicas: wanted, maxSurge }: Rollout,
  { set, replicas }: Resize,
  annotations: Record<string, string>,
  minReadySeconds: number,
): Write {
  const isResized = replicas !== sizeOf(set);
  const spec = { ...set.spec, replicas, ...(minReadySeconds > 0 ? { minReadySeconds } : {}) };
  if (minReadySeconds === 0) delete spec.minReadySeconds;
  const all = isResized ? withSize(annotations, wanted, maxSurge) : annotations;
  const object = { ...set, metadata: { ...set.metadata, annotations: all }, spec };
  const write = { verb: 'update', resource: replicaSetResource, object } as const;
  return isResized ? { ...write, onSuccess: scalingEvent(set.metadata.name, sizeOf(set), replicas) } : write;
}

function scalingEvent(name: string, from: number, to: number) {
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
  return { type: 'Normal', reason: 'ScalingReplicaSet', message } as const;
}

function forget({ deployment, oldSets }: Rollout): Write[] {
  return setsToForget(deployment, oldSets).map((object) => ({ verb: 'delete', resource: replicaSetResource, object }));
}

/** The new ReplicaSet; or, when another object has its name already, another name next time. */
function planCreation(rollout: Rollout, candidates: readonly ReplicaSet[], now: Date): Plan {
  const { deployment } = rollout;
  const blank = newReplicaSet(rollout);
  const { name } = blank.metadata;
  if (candidates.some(({ metadata }) => metadata.name === name)) {
    const status = { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 };
    return {
      steps: [
        [{ verb: 'updateStatus', resource: deploymentResource, object: { ...deployment, status } as Deployment }],
      ],
    };
  }
  const replicas = isRollingUpdate(deployment) ? newSetSize(rollout, blank) : rollout.replicas;
  const newSet = { ...blank, spec: { ...blank.spec, replicas } } as ReplicaSet;
  const message = `Failed to create new replica set "${name}": {error}`;
  const create: Write = {
    verb: 'create',
    resource: replicaSetResource,
    object: newSet,
    ...(replicas > 0 ? { onSuccess: scalingEvent(name, 0, replicas) } : {}),
    onFailure: { type: 'Warning', reason: 'ReplicaSetCreateError', message },
  };
  const created = { ...rollout, newSet };
  const plan = planOf(
    created,
    { writes: [create], status: { rollout: created, isRollingOut: true, step: 'created' } },
    now,
  );
  if (progressDeadline(deployment) === undefined) return plan;
  return {
    ...plan,
    onFailure(error) {
      const status = createFailedStatus(deployment, name, error, now);
      return [{ verb: 'updateStatus', resource: deploymentResource, object: { ...deployment, status } as Deployment }];
    },
  };
}

/** ReplicaSets first, then what was observed as status, then the revision; so that no write makes the next one stale. */
function planOf(rollout: Rollout, move: Move, now: Date): Plan {
  const { deployment, newSet } = rollout;
  const status = deploymentStatus(move.status, now);
  const statusWrites: Write[] = sameJson(status, deployment.status ?? {})
    ? []
    : [{ verb: 'updateStatus', resource: deploymentResource, object: { ...deployment, status } as Deployment }];
  const revision = newSet && newSetAnnotations(deployment, newSet, rollout.oldSets)[REVISION];
  const steps = [move.writes, statusWrites, revisionWrites(deployment, revision)].filter((step) => step.length > 0);
  const requeueAfterMs = msUntilDeadline(deployment, status, rollout, now);
  if (steps.length === 0 && requeueAfterMs === undefined) return EMPTY_PLAN;
  return { steps, ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }) };
}

function revisionWrites({ metadata }: Deployment, revision: string | undefined): Write[] {
  if (!revision || metadata.annotations?.[REVISION] === revision || metadata.deletionTimestamp) return [];
  const body = { metadata: { annotations: { [REVISION]: revision } } };
  return [
    { verb: 'patch', resource: deploymentResource, namespace: metadata.namespace ?? '', name: metadata.name, body },
  ];
}
