/**
 * persistentVolumeClaim, ephemeral and nfs: volumes that outlive the pod.
 *
 * A claim leads to its volume, the volume to where its data is: a path of this node (`hostPath`, `local`) or an NFS server. The
 * pod waits until the claim is bound and the volume is here to be had. Kubernetes also asks CSI drivers; left out, because
 * that interface is a world of its own.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import { mkdir, stat } from 'node:fs/promises';
import type { NFSVolumeSource } from 'kubernetes-types/core/v1';
import type { PersistentVolume } from '../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../helper/api/core/persistent-volume-claim';
import { claimNameOf, isFullyBound, isMadeFor, isMeantFor, PROVISIONED_BY } from '../../helper/api/core/volume-binding';
import { giveToGroup, groupRequestOf } from './group-ownership';
import { checkHostPath } from './host-path';
import { isMountPoint, mountNfs } from './mounts';
import { makeNfsVolume, openLocalVolume } from './provisioned';
import type { MountedVolume, VolumePlugin, VolumeRequest } from './volume-plugin';

/** Our own provisioners leave making the directory to the node. */
const LOCAL_PROVISIONER = 'minik8s.io/local-path';
const NFS_PROVISIONER = 'minik8s.io/nfs';

/** The claim is not ready for the pod: nothing is mounted yet, which is another event than a failed mount. */
export class ClaimError extends Error {}

/** The plugins; `home` holds the local volumes of this node. */
export function persistentVolumes(home: string): readonly VolumePlugin[] {
  const setUp = (request: VolumeRequest) => mountClaim(request, home);
  return [
    { source: 'persistentVolumeClaim', setUp },
    { source: 'ephemeral', setUp },
    { source: 'nfs', setUp: ({ volume, directory }) => mountShare(volume.nfs, directory, []) },
  ];
}

async function mountClaim(request: VolumeRequest, home: string): Promise<MountedVolume> {
  const { pod, volume, sources } = request;
  const claim = await findClaim(request);
  const found = await sources.persistentVolume(claim.spec?.volumeName ?? '');
  if (!found) throw new ClaimError(`persistentvolume "${claim.spec?.volumeName}" not found`);
  checkTie(claim, found);
  const mounted = await mountPersistent(found, request.directory, home);
  const readOnly = volume.persistentVolumeClaim?.readOnly ?? false;
  const group = readOnly || found.spec?.hostPath ? undefined : groupRequestOf(pod, false);
  // A path of the host keeps its owners, as in Kubernetes; what was made for claims is given to the pod's group.
  if (group) await giveToGroup(mounted.hostPath, group);
  return { ...mounted, ...(readOnly ? { readOnly } : {}) };
}

async function findClaim({ pod, volume, sources }: VolumeRequest): Promise<PersistentVolumeClaim> {
  const namespace = pod.metadata.namespace ?? '';
  const name = claimNameOf(pod, volume) ?? '';
  const where = `error processing PVC ${namespace}/${name}: `;
  const claim = await sources.claim(namespace, name);
  if (!claim) {
    throw new ClaimError(`${where}failed to fetch PVC from API server: persistentvolumeclaims "${name}" not found`);
  }
  if (volume.ephemeral && !isMadeFor(pod, claim)) {
    const podText = `${namespace}/${pod.metadata.name}`;
    throw new ClaimError(`${where}PVC ${namespace}/${name} was not created for pod ${podText} (pod is not owner)`);
  }
  if (claim.metadata.deletionTimestamp) throw new ClaimError(`${where}PVC is being deleted`);
  if (!isFullyBound(claim) || claim.status?.phase !== 'Bound') throw new ClaimError(`${where}PVC is not bound`);
  return claim;
}

function checkTie(claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  const { name } = volume.metadata;
  if (!isMeantFor(volume, claim)) throw new ClaimError(`PV ${name} is bound to another claim`);
  if (volume.spec?.volumeMode === 'Block') throw new Error('volume mode Block is not supported by this node');
}

async function mountPersistent(volume: PersistentVolume, directory: string, home: string): Promise<MountedVolume> {
  const { hostPath, local, nfs, mountOptions = [] } = volume.spec ?? {};
  const maker = volume.metadata.annotations?.[PROVISIONED_BY];
  if (hostPath) {
    await checkHostPath(hostPath.path, hostPath.type ?? '');
    return { hostPath: hostPath.path };
  }
  if (local) {
    if (maker === LOCAL_PROVISIONER) return { hostPath: await openLocalVolume(home, volume.metadata.name) };
    const isThere = await stat(local.path).catch(() => undefined);
    if (!isThere) throw new Error(`path "${local.path}" does not exist`);
    return { hostPath: local.path };
  }
  if (nfs) {
    if (maker === NFS_PROVISIONER && !(await isMountPoint(directory))) await makeNfsVolume(nfs.server, nfs.path);
    return mountShare(nfs, directory, mountOptions);
  }
  const [source = 'unknown'] = Object.keys(volume.spec ?? {}).filter((key) => !NOT_SOURCES.has(key));
  throw new Error(`no volume plugin matched: persistent volumes of type "${source}" are not supported by this node`);
}

const NOT_SOURCES = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeMode',
]);

async function mountShare(
  source: NFSVolumeSource | undefined,
  directory: string,
  options: readonly string[],
): Promise<MountedVolume> {
  const { server = '', path = '', readOnly = false } = source ?? {};
  await mkdir(directory, { recursive: true });
  if (!(await isMountPoint(directory))) {
    await mountNfs(server, path, directory, readOnly ? [...options, 'ro'] : options);
  }
  return { hostPath: directory, ...(readOnly ? { readOnly } : {}) };
}
