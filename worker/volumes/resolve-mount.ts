/**
 * From a container's volumeMounts to what the runtime binds: subPath and subPathExpr resolved, nothing outside the volume.
 *
 * https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath
 */
import { join } from 'node:path';
import type { Container, VolumeMount } from 'kubernetes-types/core/v1';
import type { Mount } from '../runtime/runtime';
import { bindSubPath, checkSubPath, findSubPath, makeSubPath } from './sub-path';
import type { MountedVolumes } from './volume-plugin';

const PROPAGATION = { None: 'private', HostToContainer: 'rslave', Bidirectional: 'rshared' } as const;

export interface MountContext {
  readonly container: Container;
  readonly volumes: MountedVolumes;
  /** Replaces the variables of subPathExpr; throws on one that is not set. */
  expand(text: string): string;
  /** where the container's subPaths are bound, `<this>/<volume>/<container>/<index>`; absent: their real paths are used */
  readonly bindDirectory?: string | undefined;
}

/** Mounts of a container; throws when a mount names no volume of the pod or a subPath leads out of its volume. */
export async function resolveMounts(context: MountContext): Promise<Mount[]> {
  const mounts = context.container.volumeMounts ?? [];
  return Promise.all(mounts.map((mount, index) => resolveMount(context, mount, index)));
}

async function resolveMount(context: MountContext, mount: VolumeMount, index: number): Promise<Mount> {
  const volume = context.volumes.get(mount.name);
  if (volume === undefined) throw new Error(`volume "${mount.name}" is not mounted`);
  const readOnly = (mount.readOnly ?? false) || (volume.readOnly ?? false);
  return {
    hostPath: await sourceOf(context, mount, index, volume.hostPath),
    containerPath: mount.mountPath,
    readOnly,
    ...(mount.readOnly && mount.recursiveReadOnly ? { recursiveReadOnly: recursionOf(mount) } : {}),
    propagation: PROPAGATION[(mount.mountPropagation ?? 'None') as keyof typeof PROPAGATION] ?? 'private',
  };
}

function recursionOf({ recursiveReadOnly }: VolumeMount): 'never' | 'ifPossible' | 'always' {
  if (recursiveReadOnly === 'Enabled') return 'always';
  return recursiveReadOnly === 'IfPossible' ? 'ifPossible' : 'never';
}

async function sourceOf(
  { container, expand, bindDirectory }: MountContext,
  mount: VolumeMount,
  index: number,
  volumePath: string,
): Promise<string> {
  const subPath = mount.subPathExpr ? expand(mount.subPathExpr) : mount.subPath;
  if (!subPath) return volumePath;
  checkSubPath(subPath);
  const where = `volumeMount "${mount.name}" of container "${container.name}"`;
  const failWith = (what: string) => (error: unknown) => {
    throw new Error(`failed to ${what} for ${where}: ${error instanceof Error ? error.message : String(error)}`);
  };
  const existing = await findSubPath(volumePath, subPath).catch((error: NodeJS.ErrnoException) => {
    return error.code === 'ENOENT' ? undefined : failWith('prepare subPath')(error);
  });
  if (existing === undefined) await makeSubPath(volumePath, subPath).catch(failWith('create subPath directory'));
  if (bindDirectory === undefined) {
    return findSubPath(volumePath, subPath).catch(failWith('prepare subPath'));
  }
  const target = join(bindDirectory, mount.name, container.name, String(index));
  await bindSubPath(volumePath, subPath, target).catch(failWith('prepare subPath'));
  return target;
}
