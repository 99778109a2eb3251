/**
 * Takes away the control groups of a machine that is off.
 *
 * A group can be removed when its last process is gone altogether, for which the kernel takes a moment after the kill; the groups
 * of its containers lie inside and go first.
 */
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
const LIMIT_MS = 10_000;
const AGAIN_MS = 50;

/** cgroup v1 has one tree a controller, v2 a single one. */
function groupsNamed(name: string): string[] {
  const trees = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [ROOT, ...trees.map((tree) => join(ROOT, tree.name))].map((tree) => join(tree, name)).filter(existsSync);
}

/** Removes what can be removed now; true when nothing is left. */
function removeTree(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(folder, entry.name));
    }
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder); // Busy, for now; or another look was faster.
  }
}

/** Returns when they are gone, or after a limit: an empty group that stays does no harm. */
export async function removeControlGroups(name: string): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  let left = groupsNamed(name);
  for (;;) {
    left = left.filter((folder) => !removeTree(folder));
    if (left.length === 0 || Date.now() > deadline) return;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
