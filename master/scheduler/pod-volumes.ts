/**
 * Filter plugins for volumes: a pod goes where its storage is, or where storage can be had for it.
 *
 * A bound claim ties the pod to the nodes its volume can be used on. A claim that waits for its first consumer is bound or
 * provisioned for the node that is chosen here: for each node this says what would have to be done there. A pod without
 * claims costs one look at its list of volumes.
 * https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
 */
import type { Node } from '../../helper/api/core/node';
import { matchesAnyTerm } from '../../helper/api/core/node-affinity';
import type { PersistentVolume } from '../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../helper/api/core/pod';
import { storageClassOf } from '../../helper/api/core/storage-rules';
import {
  claimNameOf,
  findVolume,
  isFullyBound,
  isMadeFor,
  requestedSize,
  SELECTED_NODE,
} from '../../helper/api/core/volume-binding';
import { compareQuantities } from '../../helper/api/quantity';
import type { StorageClass } from '../../helper/api/storage/storage-class';
import type { NodeFilter } from './filters';

const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
const ZONE_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

const AFFINITY_CONFLICT = 'node(s) had volume node affinity conflict';
const NOTHING_TO_BIND = "node(s) didn't find available persistent volumes to bind";
const VOLUME_GONE = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
const ZONE_CONFLICT = 'node(s) had no available volume zone';
const ALREADY_USED = 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';

/** Read access to storage, and to what is decided but not visible yet. */
export interface StorageView {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  /** volumes that are not promised to the claim of a pod whose binding is under way */
  freeVolumes(): readonly PersistentVolume[];
  storageClass(name: string): StorageClass | undefined;
  /** the node a claim is promised to; undefined: none */
  promisedNode(claim: PersistentVolumeClaim): string | undefined;
  /** does another pod with a node use the claim? */
  isUsed(claim: PersistentVolumeClaim, except: Pod): boolean;
}

/** What has to be done before the pod may go to a node. */
export interface VolumeDecision {
  readonly bind: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  readonly provision: readonly PersistentVolumeClaim[];
}

export interface PodVolumes {
  /** no node will do, for this reason */
  readonly rejection?: string;
  readonly filter: NodeFilter;
  /** what is to be done for a node that passed the filter */
  decide(node: Node): VolumeDecision;
}

const NOTHING_TO_DO: VolumeDecision = { bind: [], provision: [] };

/** True when the pod's storage has a say. */
export function hasClaims({ spec }: Pod): boolean {
  const volumes = spec?.volumes;
  return volumes?.some((volume) => volume.persistentVolumeClaim || volume.ephemeral) ?? false;
}

/** The rules of a pod's claims; undefined when it has none. */
export function podVolumes(pod: Pod, view: StorageView): PodVolumes | undefined {
  if (!hasClaims(pod)) return undefined;
  const found = claimsOf(pod, view);
  if (typeof found === 'string') return { rejection: found, filter: () => found, decide: () => NOTHING_TO_DO };
  const bound = found.filter(isFullyBound);
  const open = found.filter((claim) => !isFullyBound(claim));
  if (open.some((claim) => !isLate(claim, view))) {
    const rejection = 'pod has unbound immediate PersistentVolumeClaims';
    return { rejection, filter: () => rejection, decide: () => NOTHING_TO_DO };
  }
  const isTaken = found.some((claim) => isForOnePod(claim) && view.isUsed(claim, pod));
  return {
    filter({ node }) {
      if (!node) return NOTHING_TO_BIND;
      if (isTaken) return ALREADY_USED;
      for (const claim of bound) {
        const reason = boundReason(view.volume(claim.spec?.volumeName ?? ''), node);
        if (reason) return reason;
      }
      return decideFor(open, node, view) ? undefined : NOTHING_TO_BIND;
    },
    decide: (node) => decideFor(open, node, view) ?? NOTHING_TO_DO,
  };
}

const isForOnePod = ({ spec }: PersistentVolumeClaim) => spec?.accessModes?.includes('ReadWriteOncePod') ?? false;

/** The pod's claims, or why it cannot be scheduled anywhere. */
function claimsOf(pod: Pod, view: StorageView): PersistentVolumeClaim[] | string {
  const claims: PersistentVolumeClaim[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    const name = claimNameOf(pod, volume);
    if (name === undefined) continue;
    const claim = view.claim(pod.metadata.namespace ?? '', name);
    if (!claim) {
      const wait = 'waiting for ephemeral volume controller to create the persistentvolumeclaim';
      return volume.ephemeral ? `${wait} "${name}"` : `persistentvolumeclaim "${name}" not found`;
    }
    if (volume.ephemeral && !isMadeFor(pod, claim)) {
      const [namespace, podName] = [pod.metadata.namespace, pod.metadata.name];
      return `PVC ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`;
    }
    if (claim.status?.phase === 'Lost') {
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
    }
    if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim "${name}" is being deleted`;
    claims.push(claim);
  }
  return claims;
}

/** Does the claim wait for this decision? One that names its volume is the binder's business alone. */
function isLate(claim: PersistentVolumeClaim, view: StorageView): boolean {
  if (claim.spec?.volumeName) return false;
  const storageClass = view.storageClass(storageClassOf(claim.metadata, claim.spec));
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

function boundReason(volume: PersistentVolume | undefined, node: Node): string | undefined {
  if (!volume) return VOLUME_GONE;
  if (!isReachable(volume, node)) return AFFINITY_CONFLICT;
  return isInZone(volume, node) ? undefined : ZONE_CONFLICT;
}

function isReachable({ spec }: PersistentVolume, node: Node): boolean {
  const required = spec?.nodeAffinity?.required;
  return !required || matchesAnyTerm(required.nodeSelectorTerms, node);
}

/** Volumes from before node affinity say their zone in labels; several are joined by two underscores. */
function isInZone({ metadata }: PersistentVolume, node: Node): boolean {
  return ZONE_LABELS.every((label) => {
    const zones = metadata.labels?.[label];
    return zones === undefined || zones.split('__').includes(node.metadata.labels?.[label] ?? '');
  });
}

/** What the open claims would take on this node; undefined when one of them cannot be served there. */
function decideFor(open: readonly PersistentVolumeClaim[], node: Node, view: StorageView): VolumeDecision | undefined {
  if (open.length === 0) return NOTHING_TO_DO;
  const bind: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = [];
  const provision: PersistentVolumeClaim[] = [];
  // The claims that ask for least choose first, so that they do not take what another one needs.
  const sorted = [...open].sort((a, b) => compareQuantities(requestedSize(a), requestedSize(b)));
  for (const claim of sorted) {
    const selected = view.promisedNode(claim) ?? claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined) {
      if (selected !== node.metadata.name) return undefined;
      provision.push(claim);
      continue;
    }
    const free = view.freeVolumes().filter((volume) => !bind.some((other) => other.volume === volume));
    const volume = findVolume(claim, free, (each) => isReachable(each, node));
    if (volume) bind.push({ claim, volume });
    else if (canProvision(claim, node, view)) provision.push(claim);
    else return undefined;
  }
  return { bind, provision };
}

function canProvision(claim: PersistentVolumeClaim, node: Node, view: StorageView): boolean {
  const storageClass = view.storageClass(storageClassOf(claim.metadata, claim.spec));
  if (!storageClass || storageClass.provisioner === NO_PROVISIONER) return false;
  const topologies = storageClass.allowedTopologies ?? [];
  if (topologies.length === 0) return true;
  return topologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(node.metadata.labels?.[key] ?? '')),
  );
}
