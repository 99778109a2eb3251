/**
 * Dynamic provisioning: from a claim that waits for one of our provisioners to a new volume made for it. Pure.
 *
 * `minik8s.io/local-path` gives directories of a node's disk. The volume says by node affinity where it is, and the kubelet there
 * makes the directory when it is first mounted; a claim that waits for its first consumer is placed by the scheduler.
 * `minik8s.io/nfs` gives subdirectories of an NFS share, which the class' parameters `server` and `share` name.
 * https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/
 */
import type { PersistentVolumeSpec } from 'kubernetes-types/core/v1';
import type { Node } from '../../../helper/api/core/node';
import { type PersistentVolume, persistentVolumeResource } from '../../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import { PROVISIONED_BY, requestedSize, SELECTED_NODE } from '../../../helper/api/core/volume-binding';
import type { StorageClass } from '../../../helper/api/storage/storage-class';
import { EMPTY_PLAN, type EventDraft, type Plan } from '../../../helper/controller/controller';
import { provisionerOf } from './bind-claim';

export const LOCAL_PATH = 'minik8s.io/local-path';
export const NFS = 'minik8s.io/nfs';
const ONE_NODE_MODES = ['ReadWriteOnce', 'ReadWriteOncePod'];
/** On volumes whose data goes with them, so that no one deletes the object and forgets the data. */
const DATA_FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';
const HOSTNAME_LABEL = 'kubernetes.io/hostname';

export interface ProvisionerSurroundings {
  readonly storageClass: StorageClass | undefined;
  readonly nodes: readonly Node[];
  /** where nodes keep local volumes */
  readonly localDirectory: string;
}

/** Thrown inside; its message is the ProvisioningFailed event. */
class ProvisioningError extends Error {}

export const isOurProvisioner = (name: string): boolean => name === LOCAL_PATH || name === NFS;

/** Creates the volume a claim waits for; empty when it does not wait for us. */
export function provisionVolume(claim: PersistentVolumeClaim, around: ProvisionerSurroundings): Plan {
  const provisioner = provisionerOf(claim) ?? '';
  const { storageClass } = around;
  const { metadata, spec } = claim;
  if (!isOurProvisioner(provisioner) || !storageClass || spec?.volumeName || metadata.deletionTimestamp)
    return EMPTY_PLAN;
  const isLate = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  if (isLate && !metadata.annotations?.[SELECTED_NODE]) return EMPTY_PLAN;
  try {
    const source = provisioner === NFS ? nfsSource(claim, storageClass) : localSource(claim, around);
    const object = newVolume(claim, storageClass, provisioner, source);
    const message = `Successfully provisioned volume ${object.metadata.name}`;
    const onSuccess: EventDraft = { type: 'Normal', reason: 'ProvisioningSucceeded', message };
    return {
      steps: [[{ verb: 'create', resource: persistentVolumeResource, object, ignoreExisting: true, onSuccess }]],
    };
  } catch (error) {
    if (!(error instanceof ProvisioningError)) throw error;
    const message = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${error.message}`;
    return { steps: [], events: [{ type: 'Warning', reason: 'ProvisioningFailed', message }] };
  }
}

const volumeNameOf = ({ metadata }: PersistentVolumeClaim) => `pvc-${metadata.uid}`;

function localSource(
  claim: PersistentVolumeClaim,
  { nodes, localDirectory }: ProvisionerSurroundings,
): PersistentVolumeSpec {
  const modes = claim.spec?.accessModes ?? [];
  if (!modes.every((mode) => ONE_NODE_MODES.includes(mode))) {
    throw new ProvisioningError('local volumes only support ReadWriteOnce and ReadWriteOncePod access modes');
  }
  if (claim.spec?.selector) throw new ProvisioningError('claim.Spec.Selector is not supported');
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  const names = nodes.map(({ metadata }) => metadata.name).sort();
  const name = selected ?? names[0];
  const node = nodes.find(({ metadata }) => metadata.name === name);
  if (!node) throw new ProvisioningError(name ? `node "${name}" not found` : 'there is no node');
  const hostname = node.metadata.labels?.[HOSTNAME_LABEL] ?? node.metadata.name;
  const expression = { key: HOSTNAME_LABEL, operator: 'In', values: [hostname] };
  return {
    local: { path: `${localDirectory}/${volumeNameOf(claim)}` },
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
  };
}

function nfsSource(claim: PersistentVolumeClaim, { parameters = {} }: StorageClass): PersistentVolumeSpec {
  const { server, share } = parameters;
  if (!server || !share?.startsWith('/')) {
    throw new ProvisioningError('parameters "server" and "share" (an absolute path) are required');
  }
  return { nfs: { server, path: `${share.replace(/\/+$/, '')}/${volumeNameOf(claim)}` } };
}

function newVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  provisioner: string,
  source: PersistentVolumeSpec,
): PersistentVolume {
  if (claim.spec?.volumeMode === 'Block') throw new ProvisioningError('raw block volumes are not supported');
  const { namespace = '', name, uid = '', resourceVersion = '' } = claim.metadata;
  const { mountOptions, reclaimPolicy = 'Delete' } = storageClass;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeNameOf(claim),
      annotations: { [PROVISIONED_BY]: provisioner },
      ...(reclaimPolicy === 'Delete' ? { finalizers: [DATA_FINALIZER] } : {}),
    },
    spec: {
      ...source,
      accessModes: claim.spec?.accessModes ?? [],
      capacity: { storage: requestedSize(claim) },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: storageClass.metadata.name,
      volumeMode: 'Filesystem',
      ...(mountOptions ? { mountOptions } : {}),
    },
  };
}

/** What is due at the end of a volume of ours. */
export type Disposal = 'nothing' | 'delete' | 'deleteData' | 'letGo';

/** Released: deleted. Being deleted, by us or anybody, and free: first its data goes, unless it is to be kept, then the finalizer. */
export function disposalOf({ metadata, spec, status }: PersistentVolume): Disposal {
  if (!isOurProvisioner(metadata.annotations?.[PROVISIONED_BY] ?? '') || status?.phase === 'Bound') return 'nothing';
  const isDeleted = spec?.persistentVolumeReclaimPolicy === 'Delete';
  if (!metadata.deletionTimestamp) return isDeleted && status?.phase === 'Released' ? 'delete' : 'nothing';
  if (!metadata.finalizers?.includes(DATA_FINALIZER)) return 'nothing';
  return isDeleted ? 'deleteData' : 'letGo';
}

/** The volume without our hold on it. */
export function withoutHold(volume: PersistentVolume): PersistentVolume {
  const finalizers = (volume.metadata.finalizers ?? []).filter((each) => each !== DATA_FINALIZER);
  return { ...volume, metadata: { ...volume.metadata, finalizers } };
}

/** The hostname label of the node that has a local volume; undefined for one that is anywhere. */
export function hostnameOf({ spec }: PersistentVolume): string | undefined {
  const expressions = spec?.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions ?? [];
  return expressions.find(({ key }) => key === HOSTNAME_LABEL)?.values?.[0];
}
