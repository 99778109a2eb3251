/**
 * emptyDir: scratch space that lives as long as the pod, on the node's disk or in memory.
 *
 * Memory is a tmpfs and needs root; it is as large as the smallest of `sizeLimit`, the pod's memory limit and what the node has
 * to give. No file system bounds a directory on disk, so there the kubelet looks from time to time (`overLimit`) and evicts a
 * pod that wrote too much.
 * https://kubernetes.io/docs/concepts/storage/volumes/#emptydir
 */
import { chmod, lstat, mkdir, rename } from 'node:fs/promises';
import type { Volume } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { podResources } from '../../helper/api/core/pod-resources';
import { bytesOf } from '../../helper/api/quantity';
import { diskUse } from './disk-use';
import { giveToGroup, groupRequestOf } from './group-ownership';
import { isMountPoint, mountTmpfs } from './mounts';
import type { MountedVolumes, VolumePlugin } from './volume-plugin';

const EVERYBODY = 0o777;

export const emptyDirVolume: VolumePlugin = {
  source: 'emptyDir',
  async setUp({ pod, volume, directory, sources }) {
    const { medium = '', sizeLimit } = volume.emptyDir ?? {};
    if (medium !== '' && medium !== 'Memory') {
      // Kubernetes also knows HugePages; left out because nothing here hands out huge pages.
      throw new Error(`unknown storage medium "${medium}"`);
    }
    if (medium === 'Memory') {
      await mkdir(directory, { recursive: true });
      if (await isMountPoint(directory)) return { hostPath: directory };
      await mountTmpfs(directory, memorySize(pod, sizeLimit, sources.fields(pod).allocatable['memory']));
      await openTo(pod, directory);
    } else if (!(await lstat(directory).catch(() => undefined))) {
      // Made aside and renamed when ready: a kubelet that dies half-way leaves nothing that looks finished.
      const draft = `${directory}.new`;
      await mkdir(draft, { recursive: true });
      await openTo(pod, draft);
      await rename(draft, directory);
    }
    return { hostPath: directory };
  },
};

/** Containers of any user share it. */
async function openTo(pod: Pod, directory: string): Promise<void> {
  await chmod(directory, EVERYBODY);
  const group = groupRequestOf(pod, false);
  if (group) await giveToGroup(directory, group);
}

/** Bytes of a tmpfs: the smallest of what bounds it; undefined (half of the machine) when nothing does. Pure. */
export function memorySize(
  pod: Pod,
  sizeLimit: string | undefined,
  allocatable: string | undefined,
): number | undefined {
  const containers = pod.spec?.containers ?? [];
  // One container without a limit may use all of the node, and so may its files.
  const isLimited = containers.length > 0 && containers.every(({ resources }) => resources?.limits?.['memory']);
  const podLimit = isLimited ? podResources(pod.spec ?? { containers: [] }).limits['memory'] : undefined;
  const bounds = [podLimit, sizeLimit && bytesOf(sizeLimit), allocatable && bytesOf(allocatable)];
  const known = bounds.filter((bound): bound is number => typeof bound === 'number' && bound > 0);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** The emptyDir volumes whose size somebody has to watch: on disk, with a limit. Pure. */
export function limitedVolumes(pod: Pod): Volume[] {
  return (pod.spec?.volumes ?? []).filter(
    ({ emptyDir }) => emptyDir?.sizeLimit && bytesOf(emptyDir.sizeLimit) > 0 && emptyDir.medium !== 'Memory',
  );
}

/** Why the pod has to go: the first emptyDir that is larger than it may be; undefined when none is. */
export async function overLimit(pod: Pod, volumes: MountedVolumes): Promise<string | undefined> {
  for (const { name, emptyDir } of limitedVolumes(pod)) {
    const path = volumes.get(name)?.hostPath;
    const limit = emptyDir?.sizeLimit ?? '';
    if (path === undefined || (await diskUse(path)).bytes <= bytesOf(limit)) continue;
    return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
  }
  return undefined;
}
