/**
 * Rotation of CRI containers' logs: the kubelet's work, since the runtime only appends.
 *
 * A file that has grown beyond its size is renamed, with the time behind its name, and the runtime told to open it anew; of those set
 * aside the oldest go. https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Files set aside, oldest first: their names end with the time in an order that sorts. */
export async function rotatedFiles(path: string): Promise<string[]> {
  const names = await readdir(dirname(path)).catch(() => []);
  const prefix = `${basename(path)}.`;
  return names
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(dirname(path), name));
}

export interface RotationRule {
  readonly maxSizeBytes: number;
  /** the one in use included */
  readonly maxFiles: number;
}

/** `20261121T221530.123` */
function timeText(now: Date): string {
  return now.toISOString().replace(/[-:Z]/g, '');
}

/** Sets the file aside when it is too long; `reopen` tells the runtime. A runtime that refuses keeps its file. */
export async function rotateLog(
  path: string,
  { maxSizeBytes, maxFiles }: RotationRule,
  reopen: () => Promise<unknown>,
  now = new Date(),
): Promise<boolean> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size <= maxSizeBytes) return false;
  const aside = `${path}.${timeText(now)}`;
  await rename(path, aside);
  try {
    await reopen();
  } catch (error) {
    await rename(aside, path);
    throw error;
  }
  const all = await rotatedFiles(path);
  const tooMany = all.slice(0, Math.max(0, all.length - Math.max(1, maxFiles - 1)));
  await Promise.all(tooMany.map((file) => rm(file, { force: true })));
  return true;
}

/** The log and all that was set aside of it. */
export async function removeLog(path: string): Promise<void> {
  const files = [...(await rotatedFiles(path)), path];
  await Promise.all(files.map((file) => rm(file, { force: true })));
}
