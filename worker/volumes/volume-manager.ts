/**
 * The volumes of the pods of this node: sets up what a pod asks for, refreshes it, takes it down.
 *
 * Layout: `$home/kubelet/pods/<uid>/volumes/kubernetes.io~<plugin>/<name>`. A kind of volume is one row of the table below;
 * a volume of an unknown kind fails the mount with its name, and the pod waits.
 * https://kubernetes.io/docs/concepts/storage/volumes/
 */
import { join } from 'node:path';
import type { Volume } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { emptyDirVolume } from './empty-dir';
import { hostPathVolume } from './host-path';
import { removeDirectory } from './mounts';
import { configMapVolume, downwardVolume, projectedVolume, secretVolume } from './object-volumes';
import { ClaimError, persistentVolumes } from './persistent-volume';
import type { MountedVolume, MountedVolumes, VolumePlugin, VolumeSources } from './volume-plugin';

/** Kubernetes also mounts CSI, iSCSI, images and more; left out, because those need drivers of their own. */
const plugins = ({ projectRoot, home }: ManagerPaths): readonly VolumePlugin[] => [
  hostPathVolume(projectRoot),
  emptyDirVolume,
  configMapVolume,
  secretVolume,
  downwardVolume,
  projectedVolume,
  ...persistentVolumes(home),
];

/** A volume could not be set up; `message` is the text of the FailedMount event. */
export class MountError extends Error {
  /** nothing went wrong: somebody else has work to do first */
  readonly isWaiting: boolean;

  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'MountError';
    this.isWaiting = cause instanceof ClaimError;
  }
}

/** In Kubernetes' words: a claim that is not bound yet is another thing than a mount that went wrong. */
function mountError(volume: string, cause: unknown): MountError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (!(cause instanceof ClaimError)) {
    return new MountError(`MountVolume.SetUp failed for volume "${volume}" : ${reason}`, cause);
  }
  const lists = `unmounted volumes=[${volume}], unattached volumes=[], failed to process volumes=[${volume}]`;
  return new MountError(`Unable to attach or mount volumes: ${lists}: ${reason}`, cause);
}

export interface ManagerPaths {
  /** the kubelet's folder of pods */
  readonly podsDirectory: string;
  /** what a leading `$` of a hostPath stands for */
  readonly projectRoot: string;
  /** the node's folder, which has local volumes */
  readonly home: string;
}

export interface PodVolumes {
  readonly volumes: MountedVolumes;
  /** call {@link VolumeManager.setUp} again by then */
  readonly refreshAt?: Date;
}

export class VolumeManager {
  private readonly plugins: readonly VolumePlugin[];

  private readonly podsDirectory: string;

  constructor(
    paths: ManagerPaths,
    private readonly sources: VolumeSources,
  ) {
    this.podsDirectory = paths.podsDirectory;
    this.plugins = plugins(paths);
  }

  /** Sets up all volumes of a pod; of those in `mounted` only what follows the API is brought up to date. Idempotent; throws {@link MountError}. */
  async setUp(pod: Pod, mounted?: MountedVolumes): Promise<PodVolumes> {
    const isLive = (volume: Volume) => this.pluginOf(volume)?.isLive;
    const all = await Promise.all(
      (pod.spec?.volumes ?? []).map(async (volume) => {
        const known = isLive(volume) ? undefined : mounted?.get(volume.name);
        return [volume.name, known ?? (await this.setUpOne(pod, volume))] as const;
      }),
    );
    const times = all.flatMap(([, { refreshAt }]) => (refreshAt ? [refreshAt.getTime()] : []));
    return {
      volumes: new Map(all),
      ...(times.length > 0 ? { refreshAt: new Date(Math.min(...times)) } : {}),
    };
  }

  /** Where the subPaths of a pod's containers are bound. */
  subPathDirectory(podUid: string): string {
    return join(this.podsDirectory, podUid, 'volume-subpaths');
  }

  /** Unmounts and deletes all volumes of a pod; nothing to do is fine. */
  async tearDown(podUid: string): Promise<void> {
    // First what is mounted out of volumes, then the volumes.
    await removeDirectory(this.subPathDirectory(podUid));
    await removeDirectory(join(this.podsDirectory, podUid, 'volumes'));
  }

  private pluginOf(volume: Volume): VolumePlugin | undefined {
    return this.plugins.find(({ source }) => volume[source] !== undefined);
  }

  private async setUpOne(pod: Pod, volume: Volume): Promise<MountedVolume> {
    const plugin = this.pluginOf(volume);
    try {
      if (!plugin) {
        const kinds = Object.keys(volume).filter((key) => key !== 'name');
        throw new Error(`no volume plugin matched: "${kinds.join(', ')}" is not supported by this node`);
      }
      const directory = join(
        this.podsDirectory,
        pod.metadata.uid ?? '',
        'volumes',
        `kubernetes.io~${plugin.source.toLowerCase()}`,
        volume.name,
      );
      return await plugin.setUp({ pod, volume, directory, sources: this.sources });
    } catch (error) {
      throw mountError(volume.name, error);
    }
  }
}
