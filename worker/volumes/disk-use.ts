/**
 * What a file or a folder takes on disk: bytes in blocks, and inodes. What vanishes while it is looked at counts as nothing.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

export interface DiskUse {
  readonly bytes: number;
  readonly inodes: number;
}

/** Of everything at a path, itself included; links are not followed. */
export async function diskUse(path: string): Promise<DiskUse> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return { bytes: 0, inodes: 0 };
  let bytes = stats.blocks * BLOCK_BYTES;
  let inodes = 1;
  if (stats.isDirectory()) {
    for (const name of await readdir(path).catch(() => [])) {
      const below = await diskUse(join(path, name));
      bytes += below.bytes;
      inodes += below.inodes;
    }
  }
  return { bytes, inodes };
}
