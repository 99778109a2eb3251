/**
 * Annotations that tell the history of a Deployment: which revision a ReplicaSet is, and the size it was scaled for.
 *
 * The new ReplicaSet has the highest revision; going back to an old template gives its ReplicaSet a new, higher one and keeps
 * the earlier ones in `revision-history`. `kubectl rollout history` and `undo` read exactly these.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#checking-rollout-history-of-a-deployment
 */
import type { Deployment } from '../../../helper/api/apps/deployment';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { KubeObject } from '../../../helper/api/meta';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
const MAX_HISTORY_LENGTH = 2000;

/** Annotations of a Deployment that its ReplicaSets do not take over. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

type Annotations = Record<string, string>;

function numberIn(object: KubeObject, annotation: string): number | undefined {
  const number = Number.parseInt(object.metadata.annotations?.[annotation] ?? '', 10);
  return Number.isNaN(number) ? undefined : number;
}

const MAX_INT64 = 2n ** 63n - 1n;

/** Revision of a set; 0 when it has none. Whoever writes the annotation has 64 bits. */
function revisionOf({ metadata }: ReplicaSet): bigint {
  const text = metadata.annotations?.[REVISION] ?? '';
  const revision = /^\d+$/.test(text) ? BigInt(text) : 0n;
  return revision > MAX_INT64 ? 0n : revision;
}

/** Lowest first. */
function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [revisionOf(a), revisionOf(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** `spec.replicas` of the Deployment when the set was last scaled. */
export const desiredReplicas = (set: ReplicaSet) => numberIn(set, DESIRED_REPLICAS);
/** Replicas plus surge when the set was last scaled. */
export const maxReplicas = (set: ReplicaSet) => numberIn(set, MAX_REPLICAS);

/** The annotations with the size the set is scaled for. */
export function withSize(annotations: Annotations, replicas: number, maxSurge: number): Annotations {
  return { ...annotations, [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + maxSurge) };
}

/** Annotations of the new set: the Deployment's own, and a revision above those of all old sets. */
export function newSetAnnotations(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !OWN.has(key));
  const current = newSet?.metadata.annotations ?? {};
  const annotations = { ...current, ...Object.fromEntries(copied) };
  const latest = [...oldSets].sort(byRevision).at(-1);
  const revision = (latest ? revisionOf(latest) : 0n) + 1n;
  const before = current[REVISION];
  if (newSet && before !== undefined && revisionOf(newSet) >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before) annotations[REVISION_HISTORY] = extendHistory(current[REVISION_HISTORY], before);
  return annotations;
}

/** `1,4,6`: the oldest entries are dropped when the text would grow too long. */
function extendHistory(history: string | undefined, revision: string): string {
  const revisions = [...(history ? history.split(',') : []), revision];
  while (revisions.length > 1 && revisions.join(',').length > MAX_HISTORY_LENGTH) revisions.shift();
  return revisions.join(',');
}

/** Old sets beyond `revisionHistoryLimit`, lowest revision first, that have no pods and are not being deleted. */
export function setsToForget(deployment: Deployment, oldSets: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit;
  if (limit === undefined) return [];
  const alive = oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const isEmpty = ({ spec, status, metadata }: ReplicaSet) =>
    (spec?.replicas ?? 1) === 0 &&
    (status?.replicas ?? 0) === 0 &&
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return [...alive]
    .sort(byRevision)
    .slice(0, Math.max(0, alive.length - limit))
    .filter(isEmpty);
}
