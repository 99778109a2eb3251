/**
 * Control groups of pods on this machine: where the runtime puts a pod's containers, its limits as a whole, and its removal.
 *
 * The runtime makes the folders when it starts the pause container, since only it knows which controllers it uses; the kubelet
 * writes the figures right after, and removes empty folders when nothing of the pod is left. Where the hierarchy cannot be
 * written (not root, a read-only mount), containers stay where the runtime puts them.
 * https://kubernetes.io/docs/concepts/architecture/cgroups/
 */
import { accessSync, constants } from 'node:fs';
import { readdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../helper/api/core/pod';
import type { Logger } from '../../../helper/process/component';
import type { Runtime } from '../../runtime/runtime';
import {
  BEST_EFFORT,
  BURSTABLE,
  burstableShares,
  type CgroupDriver,
  type CgroupValues,
  cgroupFiles,
  cgroupFolder,
  cgroupParent,
  KUBEPODS,
  podCgroup,
  podCgroupValues,
} from './pod-cgroup';

const ROOT = '/sys/fs/cgroup';
/** An empty group this old is nobody's who is about to start. */
const LEFT_OVER_MS = 20_000;

interface Hierarchy {
  readonly driver: CgroupDriver;
  readonly version: 1 | 2;
}

export class PodCgroups {
  private hierarchy: Promise<Hierarchy | undefined> | undefined;

  /** `isWanted`: false leaves the containers where the runtime puts them. */
  constructor(
    private readonly runtime: Runtime,
    private readonly isWanted: boolean,
    private readonly log: Logger,
    private readonly root = ROOT,
  ) {}

  /** What the runtime is to be told; '' = its own place. */
  async parentOf(pod: Pod): Promise<string> {
    const hierarchy = await this.known();
    return hierarchy ? cgroupParent(podCgroup(pod), hierarchy.driver) : '';
  }

  /** Writes the limits of a pod whose sandbox has just started; `pods` are all that run here. */
  async apply(pod: Pod, pods: readonly Pod[]): Promise<void> {
    const hierarchy = await this.known();
    if (!hierarchy) return;
    await this.write(hierarchy, podCgroup(pod), podCgroupValues(pod));
    await this.write(hierarchy, BURSTABLE, { cpuShares: burstableShares(pods) });
    await this.write(hierarchy, BEST_EFFORT, { cpuShares: 2 });
  }

  /** Nothing of the pod is left: its group goes. Systemd removes slices that are empty itself. */
  async remove(podUid: string): Promise<void> {
    if ((await this.known())?.driver !== 'cgroupfs') return;
    const folders = await classFolders(this.root);
    await Promise.all(folders.map((folder) => removeGroup(join(folder, `pod${podUid}`))));
  }

  /** Groups of pods that are no more, left by a kubelet that was killed. */
  async removeLeftOvers(live: ReadonlySet<string>): Promise<void> {
    if ((await this.known())?.driver !== 'cgroupfs') return;
    const before = Date.now() - LEFT_OVER_MS;
    for (const folder of await classFolders(this.root)) {
      for (const name of await podGroupsIn(folder)) {
        const path = join(folder, name);
        const isOld = await stat(path).then(
          ({ mtimeMs }) => mtimeMs < before,
          () => false,
        );
        if (isOld && !live.has(name.slice('pod'.length))) await removeGroup(path);
      }
    }
  }

  private known(): Promise<Hierarchy | undefined> {
    this.hierarchy ??= this.find().catch(() => {
      // The runtime is away; it is asked again with the next pod.
      this.hierarchy = undefined;
      return undefined;
    });
    return this.hierarchy;
  }

  private async find(): Promise<Hierarchy | undefined> {
    if (!this.isWanted || process.getuid?.() !== 0) return undefined;
    const { cgroupDriver, cgroupVersion: version } = await this.runtime.info();
    if (cgroupDriver === undefined) return undefined;
    try {
      accessSync(version === 1 ? join(this.root, 'memory') : this.root, constants.W_OK);
      return { driver: cgroupDriver, version };
    } catch {
      this.log.warn('the cgroup hierarchy cannot be written: pods have no groups of their own');
      return undefined;
    }
  }

  private async write({ driver, version }: Hierarchy, names: readonly string[], values: CgroupValues): Promise<void> {
    const folder = cgroupFolder(names, driver);
    for (const { controller, file, text } of cgroupFiles(values, version)) {
      const path = join(this.root, version === 1 ? controller : '', folder, file);
      await writeFile(path, text).catch((error: NodeJS.ErrnoException) => {
        // A class without pods has no folder.
        if (error.code !== 'ENOENT') this.log.warn({ path, error: String(error) }, 'cgroup not written');
      });
    }
  }
}

/** Takes the groups of pods that are no more off the machine, and the classes when nobody else has pods there. */
export async function removePodCgroups(root = ROOT): Promise<void> {
  const folders = await classFolders(root);
  for (const folder of folders) {
    for (const name of await podGroupsIn(folder)) await removeGroup(join(folder, name));
  }
  for (const folder of folders) await removeGroup(folder);
}

/** `kubepods` and its classes, deepest first, in every hierarchy there is: one a controller in version 1, a single one in version 2. */
async function classFolders(root: string): Promise<string[]> {
  const tops = ['', ...(await readdir(root).catch(() => []))];
  return tops.flatMap((top) => [BURSTABLE, BEST_EFFORT, [KUBEPODS]].map((names) => join(root, top, ...names)));
}

async function podGroupsIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('pod'));
}

/** With the groups of its containers. One that still has processes stays: the kernel refuses. */
async function removeGroup(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await rmdir(join(path, entry.name)).catch(() => undefined);
  await rmdir(path).catch(() => undefined);
}
