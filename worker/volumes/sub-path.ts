/**
 * subPath: a file or directory inside a volume, found and made without ever leaving the volume.
 *
 * A container that shares the volume may exchange a directory for a link to `/etc` between our check and the runtime's mount.
 * So the place is opened first (O_PATH), the kernel is asked where the opened thing is, and that opened thing, not its name, is
 * bound to a path of our own, which the runtime then mounts. Missing directories are made one by one, each in the opened one
 * above it, with the permissions of the volume's root.
 * https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mountBind, unmount } from './mounts';

/** Opens a name without the right to read or write what it names; not in Node's list. */
const O_PATH = 0o10000000;
const PERMISSIONS = 0o7777;

const isInside = (root: string, path: string) => path === root || path.startsWith(`${root}/`);
const pathOf = (handle: FileHandle) => `/proc/${process.pid}/fd/${handle.fd}`;

/** Throws when a subPath may not be used at all: absolute, or with steps back. Pure. */
export function checkSubPath(subPath: string): void {
  if (subPath.startsWith('/')) throw new Error(`error SubPath \`${subPath}\` must not be an absolute path`);
  if (subPath.split('/').includes('..')) {
    throw new Error(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  }
}

/** Makes the missing directories of `subPath` in a volume; links on the way are followed as long as they stay inside. */
export async function makeSubPath(volumePath: string, subPath: string): Promise<void> {
  const root = await realpath(volumePath);
  const mode = (await stat(root)).mode & PERMISSIONS;
  let current = await open(root, O_PATH | constants.O_DIRECTORY);
  try {
    for (const name of subPath.split('/').filter((part) => part !== '' && part !== '.')) {
      const next = await openOrMake(current, name, mode, root);
      await current.close();
      current = next;
    }
  } finally {
    await current.close();
  }
}

async function openOrMake(parent: FileHandle, name: string, mode: number, root: string): Promise<FileHandle> {
  const path = join(pathOf(parent), name);
  const made = await mkdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
  // What was just made must still be it: no link is followed then.
  const handle = await open(path, O_PATH | (made ? constants.O_NOFOLLOW | constants.O_DIRECTORY : 0));
  try {
    await checkInside(handle, root);
    if (made) await chmodOpened(handle, mode);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The process' mask took bits away when the directory was made. */
async function chmodOpened(handle: FileHandle, mode: number): Promise<void> {
  const { chmod } = await import('node:fs/promises');
  await chmod(pathOf(handle), mode);
}

async function checkInside(handle: FileHandle, root: string): Promise<string> {
  const real = await readlink(pathOf(handle));
  if (!isInside(root, real)) throw new Error(`"${real}" is outside of the volume "${root}"`);
  return real;
}

/** The real path of a subPath that exists. Enough where nothing can change between check and use. */
export async function findSubPath(volumePath: string, subPath: string): Promise<string> {
  const root = await realpath(volumePath);
  const real = await realpath(join(root, subPath));
  if (!isInside(root, real)) throw new Error(`"${real}" is outside of the volume "${root}"`);
  return real;
}

/** Binds a subPath that exists to `target`, replacing what an earlier start of the container left there. Needs root. */
export async function bindSubPath(volumePath: string, subPath: string, target: string): Promise<void> {
  const root = await realpath(volumePath);
  const handle = await open(join(root, subPath), O_PATH);
  try {
    await checkInside(handle, root);
    await unmount(target);
    const isDirectory = (await stat(pathOf(handle))).isDirectory();
    await mkdir(isDirectory ? target : dirname(target), { recursive: true });
    if (!isDirectory) await writeFile(target, '', { flag: 'a' });
    await mountBind(pathOf(handle), target);
  } finally {
    await handle.close();
  }
}
