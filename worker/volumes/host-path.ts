/**
 * hostPath: a file or directory of the node itself.
 *
 * The `type` field says what must be there, or may be made. A path that starts with `$` is relative to this node's
 * installation folder: the classroom dialect's way to name project files on every node.
 * https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
 */

import type { Stats } from 'node:fs';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import type { VolumePlugin } from './volume-plugin';

interface TypeRule {
  readonly accepts: (stats: Stats) => boolean;
  readonly noun: string;
  readonly create?: 'directory' | 'file';
}

const RULES: Readonly<Record<string, TypeRule>> = {
  Directory: { accepts: (stats) => stats.isDirectory(), noun: 'directory' },
  DirectoryOrCreate: { accepts: (stats) => stats.isDirectory(), noun: 'directory', create: 'directory' },
  File: { accepts: (stats) => stats.isFile(), noun: 'file' },
  FileOrCreate: { accepts: (stats) => stats.isFile(), noun: 'file', create: 'file' },
  Socket: { accepts: (stats) => stats.isSocket(), noun: 'socket file' },
  CharDevice: { accepts: (stats) => stats.isCharacterDevice(), noun: 'character device' },
  BlockDevice: { accepts: (stats) => stats.isBlockDevice(), noun: 'block device' },
};

/** The plugin; `projectRoot` replaces a leading `$`. */
export function hostPathVolume(projectRoot: string): VolumePlugin {
  return {
    source: 'hostPath',
    async setUp({ volume }) {
      const { path = '', type = '' } = volume.hostPath ?? {};
      const hostPath = path.startsWith('$') ? projectRoot + path.slice(1) : path;
      await checkHostPath(hostPath, type);
      return { hostPath };
    },
  };
}

/** Makes what the type says may be made, and throws when something else is there. */
export async function checkHostPath(path: string, type: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  const rule = RULES[type];
  if (!rule) {
    if (type !== '') throw new Error(`hostPath type "${type}" is not known`);
    // No type, no check; a missing directory is made, as container runtimes do for bind mounts.
    if (!stats) await mkdir(path, { recursive: true, mode: 0o755 });
    return;
  }
  if (stats) {
    if (!rule.accepts(stats)) throw new Error(`hostPath type check failed: ${path} is not a ${rule.noun}`);
  } else if (rule.create === 'directory') {
    await mkdir(path, { recursive: true, mode: 0o755 });
    await chmod(path, 0o755);
  } else if (rule.create === 'file') {
    // Only the file: a folder that is missing is an error, as in Kubernetes.
    await writeFile(path, '', { mode: 0o644 });
    await chmod(path, 0o644);
  } else {
    throw new Error(`hostPath type check failed: ${path} is not a ${rule.noun}`);
  }
}
