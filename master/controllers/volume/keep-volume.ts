/**
 * The binder's half for volumes: their phase, and what becomes of one whose claim is gone. Pure.
 *
 * Available (nobody's), Bound, Released (its claim is gone, its data is not), Failed (could not be deleted). What was made by a
 * provisioner is deleted by that provisioner once it is Released; `Retain` leaves it to a person.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming
 */
import { type PersistentVolume, persistentVolumeResource } from '../../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import { BOUND_BY_CONTROLLER, isMeantFor, PROVISIONED_BY } from '../../../helper/api/core/volume-binding';
import { EMPTY_PLAN, type EventDraft, type Plan, type Write } from '../../../helper/controller/controller';

/** What to do for one volume; `claim` is the one its claimRef names, undefined when there is none of that name. */
export function reconcileVolume(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): Plan {
  const { claimRef } = volume.spec ?? {};
  // A claimRef without uid waits for a claim of that name: nobody else's, but nobody's yet.
  if (!claimRef?.uid) return setPhase(volume, 'Available');
  if (!claim || !isMeantFor(volume, claim)) return release(volume);
  const { volumeName } = claim.spec ?? {};
  // The claim's half follows.
  if (!volumeName) return EMPTY_PLAN;
  if (volumeName === volume.metadata.name) return setPhase(volume, 'Bound');
  // The claim has gone to another volume meanwhile.
  const { annotations } = volume.metadata;
  if (annotations?.[PROVISIONED_BY] && volume.spec?.persistentVolumeReclaimPolicy === 'Delete') return release(volume);
  return unbind(volume);
}

function phaseWrite({ metadata }: PersistentVolume, status: object): Write {
  const resource = persistentVolumeResource;
  return { verb: 'patch', resource, namespace: '', name: metadata.name, body: { status }, subresource: 'status' };
}

function setPhase(volume: PersistentVolume, phase: string): Plan {
  if (volume.status?.phase === phase) return EMPTY_PLAN;
  return { steps: [[phaseWrite(volume, { phase, message: null, reason: null })]] };
}

function release(volume: PersistentVolume): Plan {
  const { phase } = volume.status ?? {};
  if (phase !== 'Released' && phase !== 'Failed') return setPhase(volume, 'Released');
  if (phase === 'Failed' || volume.metadata.deletionTimestamp) return EMPTY_PLAN;
  const { persistentVolumeReclaimPolicy: policy } = volume.spec ?? {};
  if (policy === 'Recycle') return fail(volume, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!');
  if (policy !== 'Delete' || volume.metadata.annotations?.[PROVISIONED_BY]) return EMPTY_PLAN;
  return fail(volume, 'VolumeFailedDelete', whyNotDeleted(volume));
}

/** Volumes that people made are theirs to delete: this process may be on another machine than their data. */
function whyNotDeleted({ metadata, spec }: PersistentVolume): string {
  if (spec?.hostPath) return `host_path deleter only supports /tmp/.+ but received provided ${spec.hostPath.path}`;
  return `error getting deleter volume plugin for volume "${metadata.name}": no deletable volume plugin matched`;
}

function fail(volume: PersistentVolume, reason: string, message: string): Plan {
  const event: EventDraft = { type: 'Warning', reason, message };
  return { steps: [[phaseWrite(volume, { phase: 'Failed', message })]], events: [event] };
}

/** Takes back the binder's half; a claimRef that a user wrote loses only the uid. */
function unbind(volume: PersistentVolume): Plan {
  const { [BOUND_BY_CONTROLLER]: byController, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec ?? {};
  const { uid, resourceVersion, ...kept } = claimRef ?? {};
  const object: PersistentVolume = {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: { ...spec, ...(byController ? {} : { claimRef: kept }) },
  };
  return { steps: [[{ verb: 'update', resource: persistentVolumeResource, object }]] };
}
