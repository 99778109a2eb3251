/**
 * The binder's half for claims: which volume a claim gets, and what becomes of a claim whose volume is gone. Pure.
 *
 * Volume first, claim second: a volume that says whom it is for cannot be given away twice, because the second binding is
 * refused as a conflict. A binder that dies between the two finds the volume meant for the claim and goes on.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
 */
import type { PersistentVolume } from '../../../helper/api/core/persistent-volume';
import { persistentVolumeResource } from '../../../helper/api/core/persistent-volume';
import {
  type PersistentVolumeClaim,
  persistentVolumeClaimResource,
} from '../../../helper/api/core/persistent-volume-claim';
import { storageClassOf } from '../../../helper/api/core/storage-rules';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  findVolume,
  isMeantFor,
  SELECTED_NODE,
} from '../../../helper/api/core/volume-binding';
import { isDefaultClass, type StorageClass } from '../../../helper/api/storage/storage-class';
import { EMPTY_PLAN, type EventDraft, type Plan, type Write } from '../../../helper/controller/controller';

const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const OLD_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';
/** Provisioner of classes whose volumes only administrators make. */
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

export interface ClaimSurroundings {
  readonly volumes: readonly PersistentVolume[];
  readonly classes: readonly StorageClass[];
}

/** Kubernetes' provisioner annotation of a claim; undefined when nobody was asked yet. */
export function provisionerOf({ metadata }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.[PROVISIONER] ?? metadata.annotations?.[OLD_PROVISIONER];
}

/** What to do for one claim. */
export function reconcileClaim(claim: PersistentVolumeClaim, around: ClaimSurroundings): Plan {
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return keepBound(claim, around.volumes);
  // Bound now, it could only be lost at once.
  if (claim.metadata.deletionTimestamp) return EMPTY_PLAN;
  const name = claim.spec?.volumeName;
  if (name) return bindToNamed(claim, name, around.volumes);
  const upgraded = takeDefaultClass(claim, around.classes);
  if (upgraded) return upgraded;
  const className = storageClassOf(claim.metadata, claim.spec);
  const storageClass = around.classes.find(({ metadata }) => metadata.name === className);
  // With late binding only what is meant for the claim already counts: the scheduler chooses, knowing the pod.
  const isLate = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
  const selectedNode = claim.metadata.annotations?.[SELECTED_NODE];
  const candidates = isLate ? around.volumes.filter((volume) => isMeantFor(volume, claim)) : around.volumes;
  const volume = findVolume(claim, candidates);
  if (volume) return bind(claim, volume);
  if (isLate && !selectedNode) {
    const message = 'waiting for first consumer to be created before binding';
    return pending(claim, { type: 'Normal', reason: 'WaitForFirstConsumer', message });
  }
  return className
    ? askProvisioner(claim, className, storageClass)
    : pending(claim, noVolume('and no storage class is set'));
}

const noVolume = (why: string): EventDraft => ({
  type: 'Normal',
  reason: 'FailedBinding',
  message: `no persistent volumes available for this claim ${why}`,
});

/** The claim waits, and its owner is told why. */
function pending(claim: PersistentVolumeClaim, event: EventDraft): Plan {
  const steps = claim.status?.phase === 'Pending' ? [] : [[statusWrite(claim, { phase: 'Pending' })]];
  return { steps, events: [event] };
}

/** A claim made before there was a default class gets it now. */
function takeDefaultClass(claim: PersistentVolumeClaim, classes: readonly StorageClass[]): Plan | undefined {
  if (claim.spec?.storageClassName !== undefined || claim.metadata.annotations?.[OLD_CLASS] !== undefined)
    return undefined;
  const created = ({ metadata }: StorageClass) => metadata.creationTimestamp ?? '';
  const [newest] = classes
    .filter((each) => isDefaultClass(each))
    .sort((a, b) =>
      created(b) < created(a) ? -1 : created(b) > created(a) ? 1 : a.metadata.name < b.metadata.name ? -1 : 1,
    );
  if (!newest) return undefined;
  const object = { ...claim, spec: { ...claim.spec, storageClassName: newest.metadata.name } };
  return { steps: [[{ verb: 'update', resource: persistentVolumeClaimResource, object }]] };
}

function askProvisioner(claim: PersistentVolumeClaim, className: string, storageClass: StorageClass | undefined): Plan {
  if (!storageClass) {
    const message = `storageclass.storage.k8s.io "${className}" not found`;
    return pending(claim, { type: 'Warning', reason: 'ProvisioningFailed', message });
  }
  const { provisioner } = storageClass;
  if (provisioner === NO_PROVISIONER) {
    return pending(claim, { ...noVolume('and no volume plugin can make one'), message: noDynamic(className) });
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the ` +
    'system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  const event: EventDraft = { type: 'Normal', reason: 'ExternalProvisioning', message };
  if (provisionerOf(claim) === provisioner) return pending(claim, event);
  const annotations = { ...claim.metadata.annotations, [PROVISIONER]: provisioner, [OLD_PROVISIONER]: provisioner };
  const object = { ...claim, metadata: { ...claim.metadata, annotations } };
  return { steps: [[{ verb: 'update', resource: persistentVolumeClaimResource, object }]], events: [event] };
}

const noDynamic = (className: string) =>
  `no persistent volumes available for this claim, and storage class "${className}" has no dynamic provisioning`;

/** The user has named the volume. */
function bindToNamed(claim: PersistentVolumeClaim, name: string, volumes: readonly PersistentVolume[]): Plan {
  const volume = volumes.find(({ metadata }) => metadata.name === name);
  if (!volume)
    return claim.status?.phase === 'Pending' ? EMPTY_PLAN : { steps: [[statusWrite(claim, { phase: 'Pending' })]] };
  if (!volume.spec?.claimRef || isMeantFor(volume, claim)) {
    const mismatch = mismatchOf(claim, volume);
    return mismatch ? pending(claim, mismatch) : bind(claim, volume);
  }
  const message = `volume "${name}" already bound to a different claim.`;
  return pending(claim, { type: 'Warning', reason: 'FailedBinding', message });
}

/** Why a volume that was named cannot serve the claim. */
function mismatchOf(claim: PersistentVolumeClaim, volume: PersistentVolume): EventDraft | undefined {
  const cannot = (why: string): EventDraft => ({
    type: 'Warning',
    reason: 'VolumeMismatch',
    message: `Cannot bind to requested volume "${volume.metadata.name}": ${why}`,
  });
  if (findVolume(claim, [{ ...volume, spec: { ...volume.spec, claimRef: claimRefTo(claim) } }]) === undefined) {
    const sameMode = (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem');
    return cannot(sameMode ? 'requested PV is too small' : 'incompatible volumeMode');
  }
  if (storageClassOf(volume.metadata, volume.spec) !== storageClassOf(claim.metadata, claim.spec)) {
    return cannot('storageClassName does not match');
  }
  const modes = volume.spec?.accessModes ?? [];
  const hasModes = (claim.spec?.accessModes ?? []).every((mode) => modes.includes(mode));
  return hasModes ? undefined : cannot('incompatible accessMode');
}

function claimRefTo({ metadata: { namespace, name, uid, resourceVersion } }: PersistentVolumeClaim) {
  return {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    name,
    ...(namespace ? { namespace } : {}),
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
  };
}

/** Writes what is missing of the two halves. */
function bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Plan {
  const steps: Write[][] = [];
  if (!volume.spec?.claimRef?.uid) {
    // A claimRef without uid was written by a user, who keeps the say over it.
    const mark = volume.spec?.claimRef ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    const metadata = { ...volume.metadata, annotations: { ...volume.metadata.annotations, ...mark } };
    const object = { ...volume, metadata, spec: { ...volume.spec, claimRef: claimRefTo(claim) } };
    steps.push([{ verb: 'update', resource: persistentVolumeResource, object }]);
  }
  const mark = claim.spec?.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
  const annotations = { ...claim.metadata.annotations, ...mark, [BIND_COMPLETED]: 'yes' };
  const object = {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...claim.spec, volumeName: volume.metadata.name },
  };
  steps.push([{ verb: 'update', resource: persistentVolumeClaimResource, object }]);
  return { steps };
}

/** A claim that was bound stays so, or is lost for ever. */
function keepBound(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]): Plan {
  const name = claim.spec?.volumeName;
  if (!name) {
    return lost(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  }
  const volume = volumes.find(({ metadata }) => metadata.name === name);
  if (!volume)
    return lost(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  // Its half was taken away: written again.
  if (!volume.spec?.claimRef) return bind(claim, volume);
  if (!isMeantFor(volume, claim)) {
    return lost(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
  }
  if (!volume.spec.claimRef.uid) return bind(claim, volume);
  const { accessModes = [], capacity = {} } = volume.spec;
  const isBound = claim.status?.phase === 'Bound';
  // The size a claim shows once it is bound is the business of expansion.
  const status = { phase: 'Bound', accessModes, capacity: isBound ? (claim.status?.capacity ?? capacity) : capacity };
  return isBound && claim.status?.capacity ? EMPTY_PLAN : { steps: [[statusWrite(claim, status)]] };
}

function lost(claim: PersistentVolumeClaim, reason: string, message: string): Plan {
  if (claim.status?.phase === 'Lost') return EMPTY_PLAN;
  const write = statusWrite(claim, { phase: 'Lost', accessModes: null, capacity: null });
  return { steps: [[write]], events: [{ type: 'Warning', reason, message }] };
}

function statusWrite({ metadata }: PersistentVolumeClaim, status: object): Write {
  const { namespace = '', name } = metadata;
  const resource = persistentVolumeClaimResource;
  return { verb: 'patch', resource, namespace, name, body: { status }, subresource: 'status' };
}
