/**
 * Data of volumes that our provisioners made: where it lies, how it is made at the first mount, how it is deleted at the end.
 *
 * The volume controller only writes API objects; directories are the business of the node that has them. Local volumes are in
 * `$home/local-volumes/<name of the volume>`; an NFS volume is a directory of its share, made by mounting the share for a moment.
 * https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { mountNfs, removeDirectory, unmount } from './mounts';

/** Only what a provisioner names so is ever deleted: `pvc-` and the uid of the claim. */
const VOLUME_NAME = /^pvc-[0-9a-f-]+$/;
const EVERYBODY = 0o777;

const localDirectory = (home: string, name: string) => join(home, 'local-volumes', name);

/** The directory of a local volume on this node, made when missing, for containers of any user. */
export async function openLocalVolume(home: string, name: string): Promise<string> {
  const path = localDirectory(home, checkedName(name));
  const made = await mkdir(path, { recursive: true });
  if (made !== undefined) await chmod(path, EVERYBODY);
  return path;
}

/** Makes the directory of an NFS volume in its share. */
export async function makeNfsVolume(server: string, path: string): Promise<void> {
  await withShare(server, path, async (directory) => {
    const made = await mkdir(directory, { recursive: true });
    if (made !== undefined) await chmod(directory, EVERYBODY);
  });
}

/** `local/<name>` or `nfs?server=…&path=…`: deletes that volume's data; what is gone already is fine. */
export async function deleteVolumeData(home: string, [type, name]: readonly string[], query: URLSearchParams) {
  if (type === 'local') return removeDirectory(localDirectory(home, checkedName(name ?? '')));
  if (type !== 'nfs') throw new Error(`volumes of type "${type}" are not deleted here`);
  const [server, path] = [query.get('server') ?? '', query.get('path') ?? ''];
  return withShare(server, path, (directory) => rm(directory, { recursive: true, force: true }));
}

function checkedName(name: string): string {
  if (!VOLUME_NAME.test(name)) throw new Error(`"${name}" is not the name of a provisioned volume`);
  return name;
}

/** Mounts the share that `path` is a directory of, and hands over where that directory is. */
async function withShare(server: string, path: string, act: (directory: string) => Promise<void>): Promise<void> {
  const name = checkedName(basename(path));
  const share = await mkdtemp(join(tmpdir(), 'minik8s-nfs-'));
  try {
    await mountNfs(server, dirname(path), share, []);
    await act(join(share, name));
  } finally {
    await unmount(share);
    await rm(share, { recursive: false, force: true }).catch(() => undefined);
  }
}
