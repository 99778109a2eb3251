/**
 * Limits of a pod's space on disk: `ephemeral-storage` of containers and pod, `sizeLimit` of emptyDirs.
 *
 * No file system bounds a directory, so the kubelet looks from time to time and evicts who has written too much.
 * https://kubernetes.io/docs/concepts/storage/ephemeral-storage/#resource-emphemeralstorage-consumption
 */
import type { Pod } from '../../../helper/api/core/pod';
import { bytesOf } from '../../../helper/api/quantity';
import type { Runtime } from '../../runtime/runtime';
import { limitedVolumes, overLimit } from '../../volumes/empty-dir';
import type { MountedVolumes } from '../../volumes/volume-plugin';
import { containerDiskUse, emptyDirUse } from './pod-uses';

const RESOURCE = 'ephemeral-storage';

/** Somebody has to look at this pod's use. Pure. */
export function hasStorageLimits(pod: Pod): boolean {
  return limitedVolumes(pod).length > 0 || limitedContainers(pod).length > 0;
}

/** Why the pod has to go; undefined when it keeps to its limits. */
export async function storageOverLimit(
  runtime: Runtime,
  pod: Pod,
  volumes: MountedVolumes,
): Promise<string | undefined> {
  const tooLarge = await overLimit(pod, volumes);
  if (tooLarge !== undefined || limitedContainers(pod).length === 0) return tooLarge;
  const running = (await runtime.listContainers(pod.metadata.uid)).filter(({ state }) => state === 'running');
  const used = await Promise.all(
    running.map(async ({ id, name }) => ({ name, bytes: (await containerDiskUse(runtime, id)).bytes })),
  );
  const { bytes: shared } = await emptyDirUse(pod, volumes);
  return judgeStorage(pod, used, shared);
}

/** The pod's own limit is the sum of its containers', when all of them have one. Pure. */
export function judgeStorage(
  pod: Pod,
  used: readonly { readonly name: string; readonly bytes: number }[],
  emptyDirBytes: number,
): string | undefined {
  const limited = limitedContainers(pod);
  const podLimit = limited.reduce((sum, { limit }) => sum + bytesOf(limit), 0);
  const total = used.reduce((sum, { bytes }) => sum + bytes, emptyDirBytes);
  if (limited.length === pod.spec?.containers.length && total > podLimit) {
    const [only] = limited;
    const text = limited.length === 1 ? only?.limit : String(podLimit);
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${text}. `;
  }
  const over = limited.find(({ name, limit }) => used.some((use) => use.name === name && use.bytes > bytesOf(limit)));
  return over && `Container ${over.name} exceeded its local ephemeral storage limit "${over.limit}". `;
}

function limitedContainers({ spec }: Pod): { name: string; limit: string }[] {
  return (spec?.containers ?? []).flatMap(({ name, resources }) => {
    const limit = resources?.limits?.[RESOURCE];
    return limit && bytesOf(limit) > 0 ? [{ name, limit }] : [];
  });
}
