/**
 * Mount points of this host: making tmpfs mounts, and taking down every mount below a directory before it is deleted.
 */
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** A server that does not answer must not hold the pod's worker for ever. */
const NFS_LIMIT_MS = 60_000;

/** Mount points strictly below or at `directory`, deepest first, from the text of /proc/self/mounts. Pure. */
export function mountPointsBelow(mountsText: string, directory: string): string[] {
  return mountsText
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replace(/\\040/g, ' '))
    .filter((point) => point === directory || point.startsWith(`${directory}/`))
    .sort((a, b) => b.length - a.length);
}

async function currentMounts(): Promise<string> {
  // Elsewhere than on Linux nothing is ever mounted here.
  return readFile('/proc/self/mounts', 'utf8').catch(() => '');
}

export async function isMountPoint(directory: string): Promise<boolean> {
  return mountPointsBelow(await currentMounts(), directory).includes(directory);
}

/** Mounts a tmpfs; throws with the reason when this process may not. */
export async function mountTmpfs(directory: string, sizeBytes: number | undefined): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('emptyDir with medium Memory needs a kubelet that runs as root');
  const options = sizeBytes ? ['-o', `size=${sizeBytes}`] : [];
  await run('mount', ['-t', 'tmpfs', ...options, 'tmpfs', directory]);
}

/** Shows `source` also at `target`, which exists and is of the same type (a file on a file). */
export async function mountBind(source: string, target: string): Promise<void> {
  await run('mount', ['--bind', source, target]);
}

/** The arguments of mount(8) for a directory of an NFS server. Pure. */
export function nfsMountArguments(server: string, path: string, target: string, options: readonly string[]): string[] {
  const host = server.includes(':') ? `[${server}]` : server;
  return ['-t', 'nfs', ...(options.length > 0 ? ['-o', options.join(',')] : []), `${host}:${path}`, target];
}

/** Mounts a directory of an NFS server; needs root and the package nfs-common. */
export async function mountNfs(
  server: string,
  path: string,
  target: string,
  options: readonly string[],
): Promise<void> {
  const words = nfsMountArguments(server, path, target, options);
  await run('mount', words, { timeout: NFS_LIMIT_MS }).catch((error: { stderr?: string; message: string }) => {
    const text = error.stderr?.trim() || error.message;
    throw new Error(`mount failed: mounting arguments: ${words.join(' ')}: ${text}`);
  });
}

/** Takes away what is mounted exactly there; nothing is fine. */
export async function unmount(target: string): Promise<void> {
  if (await isMountPoint(target)) await run('umount', [target]).catch(() => run('umount', ['-l', target]));
}

/** Unmounts everything below a directory, then deletes it. Refuses to delete through a mount that would not go. */
export async function removeDirectory(directory: string): Promise<void> {
  for (const point of mountPointsBelow(await currentMounts(), directory)) {
    await run('umount', [point]).catch(() => run('umount', ['-l', point]));
  }
  const left = mountPointsBelow(await currentMounts(), directory);
  if (left.length > 0) throw new Error(`"${left[0]}" is still mounted; "${directory}" is not deleted`);
  await rm(directory, { recursive: true, force: true });
}
