/**
 * From a container's volumeMounts to what the runtime binds: subPath and subPathExpr resolved, nothing outside the volume.
 *
 * https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath
 */
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container, VolumeMount } from 'kubernetes-types/core/v1';
import type { Mount } from '../runtime/runtime';

const PROPAGATION = { None: 'private', HostToContainer: 'rslave', Bidirectional: 'rshared' } as const;

/** Mounts of a container; throws when a mount names no volume of the pod or a subPath leads out of its volume. */
export async function resolveMounts(
  container: Container,
  hostPaths: ReadonlyMap<string, string>,
  expand: (text: string) => string,
): Promise<Mount[]> {
  return Promise.all(
    (container.volumeMounts ?? []).map(async (mount) => {
      const volumePath = hostPaths.get(mount.name);
      if (volumePath === undefined) throw new Error(`volume "${mount.name}" is not mounted`);
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr) : mount.subPath;
      return {
        hostPath: subPath ? await resolveSubPath(volumePath, subPath, mount.name) : volumePath,
        containerPath: mount.mountPath,
        readOnly: mount.readOnly ?? false,
        propagation: propagationOf(mount),
      };
    }),
  );
}

function propagationOf(mount: VolumeMount): 'private' | 'rslave' | 'rshared' {
  return PROPAGATION[(mount.mountPropagation ?? 'None') as keyof typeof PROPAGATION] ?? 'private';
}

/** The real path of a subPath, made as a directory when missing; links may not lead out of the volume. */
async function resolveSubPath(volumePath: string, subPath: string, volumeName: string): Promise<string> {
  const failure = (why: string) => new Error(`failed to prepare subPath for volumeMount "${volumeName}": ${why}`);
  if (subPath.startsWith('/') || subPath.split('/').includes('..'))
    throw failure(`"${subPath}" must not leave the volume`);
  const wanted = join(volumePath, subPath);
  const root = await realpath(volumePath);
  const existing = await realpath(wanted).catch(() => undefined);
  if (existing === undefined) await mkdir(wanted, { recursive: true, mode: 0o750 });
  const resolved = existing ?? (await realpath(wanted));
  if (resolved !== root && !resolved.startsWith(`${root}/`)) throw failure(`"${subPath}" leads out of the volume`);
  return resolved;
}
