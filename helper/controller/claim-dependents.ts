/**
 * Which objects belong to a controlling owner: those it owns and selects, plus orphans it adopts, minus those it lets go.
 *
 * The tie is the controller ownerReference by uid, never the labels alone: two owners with the same selector do not fight
 * over an object. An owned object whose labels no longer match is released; an orphan that matches is adopted, unless it or
 * the owner is being deleted. Used by every controller that manages objects by a selector.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#how-a-replicaset-works
 */
import { matchesLabelSelector, matchesRequirements, requirementsOf } from '../api/label-selector';
import { controllerOf, type KubeObject, type LabelSelector, type OwnerReference, objectKey } from '../api/meta';
import type { Resource } from '../api/resource';
import type { ApiClient } from '../client/client';
import type { WatchSource, Write } from './controller';

export interface Claim<T extends KubeObject> {
  /** owned already, and selected */
  readonly owned: readonly T[];
  /** orphans that become owned by {@link adoptWrite} */
  readonly adopt: readonly T[];
  /** owned, but no longer selected: given up by {@link releaseWrite} */
  readonly release: readonly T[];
}

/** Sorts the candidates. An absent or empty selector claims nothing, so a broken owner never grabs a whole namespace. */
export function claimDependents<T extends KubeObject>(
  owner: KubeObject,
  selector: LabelSelector | undefined,
  candidates: readonly T[],
): Claim<T> {
  const requirements = selector ? requirementsOf(selector) : [];
  const selects = (object: T) =>
    requirements.length > 0 && matchesRequirements(requirements, object.metadata.labels ?? {});
  const ownerLeaves = owner.metadata.deletionTimestamp !== undefined;
  const claim = { owned: [] as T[], adopt: [] as T[], release: [] as T[] };
  for (const object of candidates) {
    if (object.metadata.namespace !== owner.metadata.namespace) continue;
    const controller = controllerOf(object);
    if (controller && controller.uid !== owner.metadata.uid) continue;
    if (controller && selects(object)) claim.owned.push(object);
    else if (ownerLeaves) continue;
    else if (controller) claim.release.push(object);
    else if (selects(object) && object.metadata.deletionTimestamp === undefined) claim.adopt.push(object);
  }
  return claim;
}

/** A watch source for orphans: an object without a controller wakes every owner that would adopt it. */
export function orphanWatch<T extends KubeObject, P extends KubeObject>(
  resource: Resource<T>,
  owners: Resource<P>,
  selectorOf: (owner: P) => LabelSelector | undefined,
): WatchSource {
  return {
    resource: resource,
    toKeys(object, view) {
      const { metadata } = object;
      if (controllerOf(object) || metadata.deletionTimestamp) return [];
      const candidates = view.cache(owners).list(metadata.namespace);
      return candidates.filter((owner) => matchesLabelSelector(selectorOf(owner), metadata.labels)).map(objectKey);
    },
  };
}

/** The reference of a controlled object to its controller. Deleting the owner in the foreground waits for the object. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { name, uid = '' } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function referencesPatch<T extends KubeObject>(
  resource: Resource<T>,
  object: T,
  ownerReferences: readonly OwnerReference[],
): Write {
  const { namespace = '', name, uid, resourceVersion } = object.metadata;
  // The whole list is replaced, so the patch must meet exactly the object it was made for.
  const body = { metadata: { uid, resourceVersion, ownerReferences } };
  return { verb: 'patch', resource: resource, namespace, name, type: 'merge', body };
}

/** Makes `owner` the controller of the object. */
export function adoptWrite<T extends KubeObject>(resource: Resource<T>, owner: KubeObject, object: T): Write {
  const others = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
  return referencesPatch(resource, object, [...others, controllerReference(owner)]);
}

/** Removes the references of the object to `owner`. */
export function releaseWrite<T extends KubeObject>(resource: Resource<T>, owner: KubeObject, object: T): Write {
  const others = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
  return referencesPatch(resource, object, others);
}

/**
 * Asks the server itself whether the owner may adopt. Copies lag: an owner just deleted with `--cascade=orphan` would take back
 * the orphans it left, and the garbage collector would then delete them. Throws when it may not, so the key is tried again.
 */
export async function assertMayAdopt<T extends KubeObject>(client: ApiClient, resource: Resource<T>, owner: T) {
  const { namespace = '', name, uid } = owner.metadata;
  const live = await client.get(resource, namespace, name);
  if (live.metadata.uid !== uid) {
    throw new Error(`original ${owner.kind} ${namespace}/${name} is gone: got uid ${live.metadata.uid}, wanted ${uid}`);
  }
  if (live.metadata.deletionTimestamp) {
    throw new Error(`${namespace}/${name} has just been deleted at ${live.metadata.deletionTimestamp}`);
  }
}
