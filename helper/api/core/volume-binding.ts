/**
 * How claims and volumes find each other: rules that the binder and the scheduler must agree on. Pure.
 *
 * A binding has two halves, `claimRef` of the volume and `volumeName` of the claim. Users may write either one beforehand; the
 * uid in claimRef says for which claim of that name it was meant.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
 */
import { matchesLabelSelector } from '../label-selector';
import { controllerOf, type KubeObject, type LabelSelector } from '../meta';
import { compareQuantities } from '../quantity';
import type { PersistentVolume } from './persistent-volume';
import type { PersistentVolumeClaim } from './persistent-volume-claim';
import { storageClassOf } from './storage-rules';

/** On a claim: both halves of its binding are written. */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
/** On a claim or volume: the binder wrote this half, not a user. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** On a claim: the node the scheduler has chosen for its first pod. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
/** On a volume: who made it. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

/** The name of the claim a volume says it is for, as `namespace/name`; undefined when it is for nobody. */
export function claimKeyOf({ spec }: PersistentVolume): string | undefined {
  return spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : undefined;
}

/** Is the volume meant for this very claim: by name, and by uid where one is written? */
export function isMeantFor(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const uid = volume.spec?.claimRef?.uid;
  return claimKeyOf(volume) === `${metadata.namespace ?? ''}/${metadata.name}` && (!uid || uid === metadata.uid);
}

const sizeOf = (volume: PersistentVolume) => volume.spec?.capacity?.['storage'] ?? '0';
export const requestedSize = ({ spec }: PersistentVolumeClaim): string => spec?.resources?.requests?.['storage'] ?? '0';

/** Large enough, of the same mode (files or raw blocks), and not on its way out. */
function isUsable(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.metadata.deletionTimestamp) return false;
  if ((volume.spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem')) return false;
  return compareQuantities(sizeOf(volume), requestedSize(claim)) >= 0;
}

/** May a claim without any tie to the volume take it? */
function isFreeFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.spec?.claimRef || volume.status?.phase !== 'Available') return false;
  if (storageClassOf(volume.metadata, volume.spec) !== storageClassOf(claim.metadata, claim.spec)) return false;
  const modes = volume.spec?.accessModes ?? [];
  if (!(claim.spec?.accessModes ?? []).every((mode) => modes.includes(mode))) return false;
  const selector = claim.spec?.selector;
  return !selector || matchesLabelSelector(selector as LabelSelector, volume.metadata.labels);
}

/** First those that can do no more than asked for, then the smallest. */
function compareFit(a: PersistentVolume, b: PersistentVolume): number {
  const modes = (a.spec?.accessModes ?? []).length - (b.spec?.accessModes ?? []).length;
  return modes || compareQuantities(sizeOf(a), sizeOf(b)) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/**
 * The volume an unbound claim gets: the one that is meant for it, else the best that is free; undefined when there is none.
 * `isReachable` says whether a volume can be used where the pod will be; without it any place is good.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  isReachable: (volume: PersistentVolume) => boolean = () => true,
): PersistentVolume | undefined {
  const usable = volumes.filter((volume) => isUsable(volume, claim));
  const meant = usable.find((volume) => isMeantFor(volume, claim));
  if (meant) return isReachable(meant) ? meant : undefined;
  return usable.filter((volume) => isFreeFor(volume, claim) && isReachable(volume)).sort(compareFit)[0];
}

/** Both halves are written and neither is lost. */
export function isFullyBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return Boolean(spec?.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** The name of the claim behind a volume of a pod; undefined when the volume is of another kind. */
export function claimNameOf(
  pod: KubeObject,
  volume: {
    readonly name: string;
    readonly persistentVolumeClaim?: { claimName: string };
    readonly ephemeral?: object;
  },
): string | undefined {
  return (
    volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined)
  );
}

/** Was the claim made for this pod? Another one of that name must not be taken for it. */
export function isMadeFor(pod: KubeObject, claim: PersistentVolumeClaim): boolean {
  return controllerOf(claim)?.uid === pod.metadata.uid;
}
