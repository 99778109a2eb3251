/**
 * emptyDir: scratch space that lives as long as the pod, on the node's disk or in memory.
 *
 * Memory is a tmpfs of `sizeLimit` bytes and needs root. On disk the sizeLimit cannot be enforced by the file system.
 * https://kubernetes.io/docs/concepts/storage/volumes/#emptydir
 */
import { chmod, chown, mkdir } from 'node:fs/promises';
import { bytesOf } from '../../helper/api/quantity';
import { isMountPoint, mountTmpfs } from './mounts';
import type { VolumePlugin } from './volume-plugin';

export const emptyDirVolume: VolumePlugin = {
  source: 'emptyDir',
  async setUp({ pod, volume, directory }) {
    const { medium = '', sizeLimit } = volume.emptyDir ?? {};
    if (medium !== '' && medium !== 'Memory') {
      // Kubernetes also knows HugePages; left out because nothing here hands out huge pages.
      throw new Error(`unknown storage medium "${medium}"`);
    }
    await mkdir(directory, { recursive: true });
    if (medium === 'Memory' && !(await isMountPoint(directory))) {
      await mountTmpfs(directory, sizeLimit === undefined ? undefined : bytesOf(sizeLimit));
    }
    // Kubernetes also evicts a pod whose disk emptyDir outgrows sizeLimit; that comes with eviction.
    const group = pod.spec?.securityContext?.fsGroup;
    if (group !== undefined) await chown(directory, -1, group);
    // Containers of any user share it; setgid keeps fsGroup on what they make.
    await chmod(directory, group === undefined ? 0o777 : 0o2777);
    return { hostPath: directory };
  },
};
