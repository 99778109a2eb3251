/**
 * fsGroup: makes a volume belong to the pod's group, so that containers of any user in that group can work with it.
 *
 * Everything gets the group and at least read and write for it (read alone in volumes that containers cannot write); directories
 * also pass the group on to what is made in them (setgid). With `OnRootMismatch` a tree whose root is right already is left
 * alone: walking millions of files at every start is what that policy is for. Links are given the group and nothing else.
 * https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods
 */
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../helper/api/core/pod';

const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const ENTER_AND_PASS_ON = 0o2110;
const PERMISSIONS = 0o7777;

export interface GroupRequest {
  readonly group: number;
  /** containers may not write here */
  readonly readOnly: boolean;
  readonly policy: 'Always' | 'OnRootMismatch';
}

/** What the pod wants for its volumes; undefined: they stay as they are. */
export function groupRequestOf(pod: Pod, readOnly: boolean): GroupRequest | undefined {
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
  if (fsGroup === undefined) return undefined;
  return { group: fsGroup, readOnly, policy: fsGroupChangePolicy === 'OnRootMismatch' ? 'OnRootMismatch' : 'Always' };
}

/** The permission bits that an entry with these bits gets. Pure. */
export function groupMode(mode: number, isDirectory: boolean, readOnly: boolean): number {
  const wanted = readOnly ? READ_ONLY : READ_WRITE;
  return (mode & PERMISSIONS) | wanted | (isDirectory ? ENTER_AND_PASS_ON : 0);
}

/** Gives the tree at `root` to the group. */
export async function giveToGroup(root: string, request: GroupRequest): Promise<void> {
  if (request.policy === 'OnRootMismatch') {
    const { gid, mode } = await lstat(root);
    const isRight = gid === request.group && groupMode(mode, true, request.readOnly) === (mode & PERMISSIONS);
    if (isRight) return;
  }
  // The root last: a walk that was interrupted is then seen as a mismatch and done again.
  await giveEntries(root, request);
  await giveOne(root, request);
}

async function giveEntries(directory: string, request: GroupRequest): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await giveEntries(path, request);
    await giveOne(path, request);
  }
}

async function giveOne(path: string, { group, readOnly }: GroupRequest): Promise<void> {
  const stats = await lstat(path);
  if (stats.gid !== group) await lchown(path, stats.uid, group);
  if (stats.isSymbolicLink()) return;
  const mode = groupMode(stats.mode, stats.isDirectory(), readOnly);
  // Changing the owner may have taken setgid away, so the mode is written in any case.
  await chmod(path, mode);
}
