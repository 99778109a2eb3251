/**
 * Carries out what was decided about a pod's claims, before the pod is bound: volumes are given to claims, claims get the node
 * their volume shall be made for, and the pod waits until all of them are bound.
 *
 * From the decision until its end these are promises, so that the next pods do not count on the same volume. The binder and the
 * provisioner do the rest; a scheduler that dies meanwhile leaves claims that the next one finds half-way.
 * https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins (VolumeBinding)
 */
import { type PersistentVolume, persistentVolumeResource } from '../../helper/api/core/persistent-volume';
import {
  type PersistentVolumeClaim,
  persistentVolumeClaimResource,
} from '../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../helper/api/core/pod';
import { BOUND_BY_CONTROLLER, claimNameOf, isFullyBound, SELECTED_NODE } from '../../helper/api/core/volume-binding';
import { objectKey } from '../../helper/api/meta';
import type { StorageClass } from '../../helper/api/storage/storage-class';
import type { ApiClient } from '../../helper/client/client';
import type { Informer } from '../../helper/client/informer';
import type { NodeState } from './node-state';
import { hasClaims, type StorageView, type VolumeDecision } from './pod-volumes';

/** Kubernetes' bindTimeoutSeconds. */
const BIND_LIMIT_MS = 600_000;

export interface StorageInformers {
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
}

export class VolumeBinder implements StorageView {
  /** names of volumes that are promised */
  private readonly promisedVolumes = new Set<string>();
  /** claim key -> node it is promised to */
  private readonly promisedClaims = new Map<string, string>();
  private readonly waiters = new Set<() => void>();

  constructor(
    private readonly informers: StorageInformers,
    private readonly client: ApiClient,
    /** the nodes with their pods */
    private readonly nodes: () => Iterable<NodeState>,
  ) {
    const onChange = () => {
      for (const look of this.waiters) look();
    };
    informers.claims.addHandler({ onChange });
  }

  claim(namespace: string, name: string): PersistentVolumeClaim | undefined {
    return this.informers.claims.get(namespace, name);
  }

  volume(name: string): PersistentVolume | undefined {
    return this.informers.volumes.get('', name);
  }

  freeVolumes(): readonly PersistentVolume[] {
    const all = this.informers.volumes.list();
    return this.promisedVolumes.size === 0
      ? all
      : all.filter(({ metadata }) => !this.promisedVolumes.has(metadata.name));
  }

  storageClass(name: string): StorageClass | undefined {
    return this.informers.classes.get('', name);
  }

  promisedNode(claim: PersistentVolumeClaim): string | undefined {
    return this.promisedClaims.get(objectKey(claim));
  }

  isUsed(claim: PersistentVolumeClaim, except: Pod): boolean {
    for (const { pods } of this.nodes()) {
      for (const pod of pods.values()) {
        if (pod.metadata.uid === except.metadata.uid || pod.metadata.namespace !== claim.metadata.namespace) continue;
        if (!hasClaims(pod)) continue;
        if (pod.spec?.volumes?.some((volume) => claimNameOf(pod, volume) === claim.metadata.name)) return true;
      }
    }
    return false;
  }

  /** Counts on the decision from now on; the result takes the promises back. */
  promise({ bind, provision }: VolumeDecision, node: string): () => void {
    for (const { claim, volume } of bind) {
      this.promisedVolumes.add(volume.metadata.name);
      this.promisedClaims.set(objectKey(claim), node);
    }
    for (const claim of provision) this.promisedClaims.set(objectKey(claim), node);
    return () => {
      for (const { claim, volume } of bind) {
        this.promisedVolumes.delete(volume.metadata.name);
        this.promisedClaims.delete(objectKey(claim));
      }
      for (const claim of provision) this.promisedClaims.delete(objectKey(claim));
    };
  }

  /** Resolves when all claims are bound; throws when that fails or takes too long. */
  async carryOut({ bind, provision }: VolumeDecision, node: string): Promise<void> {
    await Promise.all([
      ...bind.map(({ claim, volume }) => this.giveVolume(claim, volume)),
      ...provision.map((claim) => this.chooseNode(claim, node)),
    ]);
    await this.allBound([...bind.map(({ claim }) => claim), ...provision]);
  }

  private async giveVolume({ metadata }: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { namespace = '', name, uid = '', resourceVersion = '' } = metadata;
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
    const mark = volume.spec?.claimRef ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    await this.client.update(persistentVolumeResource, {
      ...volume,
      metadata: { ...volume.metadata, annotations: { ...volume.metadata.annotations, ...mark } },
      spec: { ...volume.spec, claimRef },
    });
  }

  private async chooseNode(claim: PersistentVolumeClaim, node: string): Promise<void> {
    if (claim.metadata.annotations?.[SELECTED_NODE] === node) return;
    const { namespace = '', name, resourceVersion } = claim.metadata;
    const body = { metadata: { resourceVersion, annotations: { [SELECTED_NODE]: node } } };
    await this.client.patch(persistentVolumeClaimResource, namespace, name, 'merge', body);
  }

  private allBound(claims: readonly PersistentVolumeClaim[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error?: Error) => {
        clearTimeout(timer);
        this.waiters.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const look = () => {
        const now = claims.map(({ metadata }) => this.claim(metadata.namespace ?? '', metadata.name));
        if (now.some((claim) => !claim || claim.metadata.deletionTimestamp)) end(new Error('a claim was deleted'));
        else if (now.every((claim) => claim && isFullyBound(claim))) end();
      };
      const timer = setTimeout(
        () => end(new Error('binding volumes: context deadline exceeded')),
        BIND_LIMIT_MS,
      ).unref();
      this.waiters.add(look);
      look();
    });
  }
}
