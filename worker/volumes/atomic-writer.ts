/**
 * Writes a set of files into a volume so that a reader sees either all of the old or all of the new.
 *
 * Files live in a timestamped directory; `..data` is a symbolic link to it, and each visible name a link through `..data`.
 * An update writes a new directory and renames one link over the old: atomic on every file system. Readers that keep
 * `..data` in view (inotify) rely on exactly this layout.
 * https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
 */
import { chmod, chown, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GroupRequest, giveToGroup } from './group-ownership';

export interface FileContent {
  readonly data: Buffer;
  /** permission bits, e.g. 0o644 */
  readonly mode: number;
  /** owner; absent: root */
  readonly uid?: number;
}

/** Relative path (`ca.crt`, `certs/tls.key`) -> contents. */
export type Payload = ReadonlyMap<string, FileContent>;

export interface WritePlan {
  /** false: what is there is what is wanted, nothing to do */
  readonly changed: boolean;
  /** top-level names to link, and links to take away */
  readonly addLinks: readonly string[];
  readonly removeLinks: readonly string[];
}

/** Compares what a volume shows with what it should show. Pure. */
export function planWrite(current: ReadonlyMap<string, Buffer>, links: readonly string[], wanted: Payload): WritePlan {
  const same = current.size === wanted.size && [...wanted].every(([path, { data }]) => current.get(path)?.equals(data));
  const wantedLinks = [...new Set([...wanted.keys()].map(topLevelOf))];
  return {
    changed: !same,
    addLinks: wantedLinks.filter((name) => !links.includes(name)),
    removeLinks: links.filter((name) => !wantedLinks.includes(name)),
  };
}

function topLevelOf(path: string): string {
  return path.split('/')[0] ?? path;
}

/** Brings the directory to the payload, all of it for `group` when given. Returns whether anything changed. */
export async function writeAtomically(directory: string, payload: Payload, group?: GroupRequest): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const dataLink = join(directory, '..data');
  const oldTarget = await readlink(dataLink).catch(() => undefined);
  const current = oldTarget ? await readTree(join(directory, oldTarget)) : new Map<string, Buffer>();
  const links = (await readdir(directory)).filter((name) => !name.startsWith('..'));
  const plan = planWrite(current, links, payload);
  if (oldTarget && !plan.changed) return false;

  const target = await writeVersion(directory, payload, group);
  await symlink(target, join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), dataLink);
  for (const name of plan.addLinks) await symlink(join('..data', name), join(directory, name));
  if (group && !oldTarget) await giveToGroup(directory, group);
  for (const name of plan.removeLinks) await rm(join(directory, name), { force: true });
  if (oldTarget) await rm(join(directory, oldTarget), { recursive: true, force: true });
  return true;
}

async function writeVersion(directory: string, payload: Payload, group: GroupRequest | undefined): Promise<string> {
  await rm(join(directory, '..data_tmp'), { force: true });
  const name = `..${new Date().toISOString().replace(/[-:TZ]/g, '_')}${process.hrtime.bigint() % 1_000_000n}`;
  const root = join(directory, name);
  await mkdir(root, { mode: 0o755 });
  for (const [path, { data, mode, uid }] of payload) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, data);
    // After writing, because the umask would take bits away from a mode given at creation.
    await chmod(file, mode);
    if (uid !== undefined) await chown(file, uid, 0);
  }
  // Before the link shows it: nobody sees files that are not theirs yet.
  if (group) await giveToGroup(root, { ...group, policy: 'Always' });
  return name;
}

async function readTree(root: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(root.length + 1), await readFile(path));
  }
  return files;
}
