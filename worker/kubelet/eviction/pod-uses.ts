/**
 * What the pods of this node use of the one resource that is short, measured when it is.
 *
 * Memory is the working set of the containers; disk is their logs and writable layers and the pod's emptyDirs.
 */
import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import { bytesOf } from '../../../helper/api/quantity';
import type { ContainerStatus, Runtime } from '../../runtime/runtime';
import { type DiskUse, diskUse } from '../../volumes/disk-use';
import type { MountedVolumes } from '../../volumes/volume-plugin';
import type { PodUse } from './rank-pods';
import type { Crossed } from './thresholds';

export interface RunningPod {
  readonly pod: Pod;
  readonly volumes: MountedVolumes;
}

/** One entry a pod that has running containers. */
export async function podUses(
  runtime: Runtime,
  pods: readonly RunningPod[],
  resource: Crossed['resource'],
): Promise<PodUse[]> {
  const uses = await Promise.all(
    pods.map(async ({ pod, volumes }) => {
      const all = await runtime.listContainers(pod.metadata.uid);
      const running = all.filter(({ state }) => state === 'running');
      if (running.length === 0) return undefined;
      const used = await Promise.all(running.map((container) => containerUse(runtime, container, resource)));
      const containers = running.map(({ name }, index) => ({
        name,
        used: used[index] ?? 0,
        requested: requestOf(pod, name, resource),
      }));
      const shared = isOnDisk(resource) ? pick(await emptyDirUse(pod, volumes), resource) : 0;
      return { pod, containers, used: containers.reduce((sum, each) => sum + each.used, shared) };
    }),
  );
  return uses.filter((use) => use !== undefined);
}

async function containerUse(runtime: Runtime, { id }: ContainerStatus, resource: Crossed['resource']): Promise<number> {
  if (resource === 'memory') return (await runtime.usage(id))?.memoryWorkingSetBytes ?? 0;
  // Who has how many processes is not counted: importance alone decides.
  return isOnDisk(resource) ? pick(await containerDiskUse(runtime, id), resource) : 0;
}

function isOnDisk(resource: Crossed['resource']): boolean {
  return resource === 'ephemeral-storage' || resource === 'inodes';
}

const pick = ({ bytes, inodes }: DiskUse, resource: Crossed['resource']) => (resource === 'inodes' ? inodes : bytes);

/** Log and writable layer of a container; nothing where the runtime keeps no files. */
export async function containerDiskUse(runtime: Runtime, containerId: string): Promise<DiskUse> {
  const paths = await runtime.diskPaths(containerId);
  const uses = await Promise.all(paths.map(diskUse));
  return sumOf(uses);
}

/** Everything a pod has in emptyDirs on disk. */
export async function emptyDirUse(pod: Pod, volumes: MountedVolumes): Promise<DiskUse> {
  const onDisk = (pod.spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir && emptyDir.medium !== 'Memory');
  const paths = onDisk.map(({ name }) => volumes.get(name)?.hostPath).filter((path) => path !== undefined);
  return sumOf(await Promise.all(paths.map(diskUse)));
}

function sumOf(uses: readonly DiskUse[]): DiskUse {
  return uses.reduce((sum, { bytes, inodes }) => ({ bytes: sum.bytes + bytes, inodes: sum.inodes + inodes }), {
    bytes: 0,
    inodes: 0,
  });
}

function requestOf({ spec }: Pod, name: string, resource: string): number {
  const all: readonly Container[] = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return bytesOf(all.find((container) => container.name === name)?.resources?.requests?.[resource]);
}
