/**
 * What a kind of volume has to do: put a path on this host where containers can mount it.
 *
 * A plugin is a row in `volume-manager.ts`. `setUp` is idempotent and is called again to bring new contents (a changed
 * ConfigMap, a token close to its end) to a running pod; taking down is the same for all: unmount and delete the directory.
 * https://kubernetes.io/docs/concepts/storage/volumes/
 */
import type { Volume } from 'kubernetes-types/core/v1';
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { PersistentVolume } from '../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../helper/api/core/pod';
import type { Secret } from '../../helper/api/core/secret';
import type { FieldFacts } from '../kubelet/pod-fields';

/** The objects volumes take their contents from. */
export interface VolumeSources {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  fields(pod: Pod): FieldFacts;
  /** A token for the pod's service account, bound to the pod, with at least a fifth of its life left. */
  serviceAccountToken(pod: Pod, audience: string, expirationSeconds: number): Promise<ServiceAccountToken>;
  /** Asked of the API each time; undefined when there is none. */
  claim(namespace: string, name: string): Promise<PersistentVolumeClaim | undefined>;
  persistentVolume(name: string): Promise<PersistentVolume | undefined>;
}

export interface ServiceAccountToken {
  readonly token: string;
  /** ask again then: at 80 % of its lifetime */
  readonly refreshAt: Date;
}

export interface VolumeRequest {
  readonly pod: Pod;
  readonly volume: Volume;
  /** the volume's own directory, not made yet */
  readonly directory: string;
  readonly sources: VolumeSources;
}

export interface MountedVolume {
  /** what containers mount */
  readonly hostPath: string;
  /** containers get it read-only, whatever their mounts say */
  readonly readOnly?: boolean;
  /** contents have to be set up again by then; absent: only when a referenced object changes */
  readonly refreshAt?: Date;
}

/** By the volume's name in the pod. */
export type MountedVolumes = ReadonlyMap<string, MountedVolume>;

export interface VolumePlugin {
  /** field of `Volume` that asks for this plugin */
  readonly source: keyof Volume;
  /** its contents follow objects of the API: set up again for a running pod, which other volumes never are */
  readonly isLive?: boolean;
  /** Throws an Error whose message is shown in the FailedMount event. */
  setUp(request: VolumeRequest): Promise<MountedVolume>;
}
