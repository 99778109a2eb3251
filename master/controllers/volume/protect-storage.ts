/**
 * Protection of storage in use: a claim that a pod uses, and a volume that is bound, outlive their deletion until they are free.
 *
 * The finalizers are put on at creation by admission (StorageObjectInUseProtection); here they are taken off, and put on what
 * was made without. Pure.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
 */
import { type PersistentVolume, persistentVolumeResource } from '../../../helper/api/core/persistent-volume';
import {
  type PersistentVolumeClaim,
  persistentVolumeClaimResource,
} from '../../../helper/api/core/persistent-volume-claim';
import { isTerminal, type Pod } from '../../../helper/api/core/pod';
import { claimNameOf, isMadeFor } from '../../../helper/api/core/volume-binding';
import type { KubeObject } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';
import { EMPTY_PLAN, type Plan } from '../../../helper/controller/controller';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

/** Does the pod stand in the way of the claim's deletion? One without a node does not: its kubelet would not start it. */
export function usesClaim(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (!pod.spec?.nodeName) return false;
  return (pod.spec.volumes ?? []).some((volume) => {
    if (claimNameOf(pod, volume) !== claim.metadata.name) return false;
    return volume.ephemeral ? !isTerminal(pod) && isMadeFor(pod, claim) : true;
  });
}

/** `pods` are those of the claim's namespace. */
export function protectClaim(claim: PersistentVolumeClaim, pods: readonly Pod[]): Plan {
  return protect(persistentVolumeClaimResource, claim, CLAIM_FINALIZER, () =>
    pods.some((pod) => usesClaim(pod, claim)),
  );
}

export function protectVolume(volume: PersistentVolume): Plan {
  return protect(persistentVolumeResource, volume, VOLUME_FINALIZER, () => volume.status?.phase === 'Bound');
}

function protect(resource: Resource, object: KubeObject, finalizer: string, isInUse: () => boolean): Plan {
  const finalizers = object.metadata.finalizers ?? [];
  const isProtected = finalizers.includes(finalizer);
  const isEnding = object.metadata.deletionTimestamp !== undefined;
  if (isEnding === !isProtected || (isEnding && isInUse())) return EMPTY_PLAN;
  const wanted = isEnding ? finalizers.filter((each) => each !== finalizer) : [...finalizers, finalizer];
  const updated = { ...object, metadata: { ...object.metadata, finalizers: wanted } };
  return { steps: [[{ verb: 'update', resource, object: updated }]] };
}
