/**
 * The binder and what stands beside it, in the harness: which kinds they watch, and which change wakes whom.
 *
 * What destroys is asked for live first: a copy that lags behind must not make a volume look abandoned.
 */
import { type PersistentVolume, persistentVolumeResource } from '../../../helper/api/core/persistent-volume';
import {
  type PersistentVolumeClaim,
  persistentVolumeClaimResource,
} from '../../../helper/api/core/persistent-volume-claim';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { storageClassOf } from '../../../helper/api/core/storage-rules';
import { claimKeyOf, claimNameOf } from '../../../helper/api/core/volume-binding';
import { objectKey, splitKey } from '../../../helper/api/meta';
import { isNotFound } from '../../../helper/api/status-error';
import { type StorageClass, storageClassResource } from '../../../helper/api/storage/storage-class';
import type { ApiClient } from '../../../helper/client/client';
import { type ControllerSpec, EMPTY_PLAN, type View, type WatchSource } from '../../../helper/controller/controller';
import { reconcileClaim } from './bind-claim';
import { claimsForPod } from './claim-for-pod';
import { growClaim } from './grow-claim';
import { reconcileVolume } from './keep-volume';
import { protectClaim, protectVolume } from './protect-storage';
import { isOurProvisioner } from './provision-volume';

const claimsOf = (view: View) => view.cache(persistentVolumeClaimResource);
const volumesOf = (view: View) => view.cache(persistentVolumeResource);
const isUnbound = ({ status }: PersistentVolumeClaim) => status?.phase !== 'Bound' && status?.phase !== 'Lost';

/** A volume wakes the claim it is for and those that name it; one that is nobody's wakes all that wait for such. */
const volumeWakesClaims: WatchSource<PersistentVolume> = {
  resource: persistentVolumeResource,
  toKeys(volume, view) {
    const own = claimKeyOf(volume);
    const className = storageClassOf(volume.metadata, volume.spec);
    const others = claimsOf(view)
      .list()
      .filter((claim) => {
        if (claim.spec?.volumeName) return claim.spec.volumeName === volume.metadata.name;
        return !own && isUnbound(claim) && storageClassOf(claim.metadata, claim.spec) === className;
      });
    return [...(own ? [own] : []), ...others.map(objectKey)];
  },
};

const classWakesClaims: WatchSource<StorageClass> = {
  resource: storageClassResource,
  toKeys: (_class, view) => claimsOf(view).list().filter(isUnbound).map(objectKey),
};

/** Binds claims to volumes. */
export const claimBinder: ControllerSpec<PersistentVolumeClaim> = {
  name: 'persistentvolume-controller',
  primary: persistentVolumeClaimResource,
  watches: [volumeWakesClaims, classWakesClaims] as WatchSource[],
  plan(claim, _key, view) {
    if (!claim) return EMPTY_PLAN;
    return reconcileClaim(claim, { volumes: volumesOf(view).list(), classes: view.cache(storageClassResource).list() });
  },
};

const claimWakesVolumes: WatchSource<PersistentVolumeClaim> = {
  resource: persistentVolumeClaimResource,
  toKeys(claim, view) {
    const key = objectKey(claim);
    const tied = volumesOf(view)
      .list()
      .filter((volume) => claimKeyOf(volume) === key);
    return [...(claim.spec?.volumeName ? [claim.spec.volumeName] : []), ...tied.map(({ metadata }) => metadata.name)];
  },
};

/** Keeps the phases of volumes. */
export const volumeKeeper = (client: ApiClient): ControllerSpec<PersistentVolume> => ({
  name: 'persistentvolume-controller',
  primary: persistentVolumeResource,
  watches: [claimWakesVolumes] as WatchSource[],
  async plan(volume, _key, view) {
    if (!volume) return EMPTY_PLAN;
    const { namespace, name } = splitKey(claimKeyOf(volume) ?? '');
    const known = name ? claimsOf(view).get(namespace, name) : undefined;
    const isGone = known?.metadata.uid !== volume.spec?.claimRef?.uid;
    const claim = name && isGone ? await liveClaim(client, namespace, name) : known;
    return reconcileVolume(volume, claim);
  },
});

async function liveClaim(
  client: ApiClient,
  namespace: string,
  name: string,
): Promise<PersistentVolumeClaim | undefined> {
  try {
    return await client.get(persistentVolumeClaimResource, namespace, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const claimKeysOf = (pod: Pod): string[] =>
  (pod.spec?.volumes ?? []).flatMap((volume) => {
    const name = claimNameOf(pod, volume);
    return name ? [`${pod.metadata.namespace ?? ''}/${name}`] : [];
  });

/** Keeps claims that pods use from going. */
export const claimProtection = (client: ApiClient): ControllerSpec<PersistentVolumeClaim> => ({
  name: 'pvc-protection-controller',
  primary: persistentVolumeClaimResource,
  watches: [{ resource: podResource, toKeys: claimKeysOf }] as WatchSource[],
  async plan(claim, key, view) {
    if (!claim) return EMPTY_PLAN;
    const { namespace } = splitKey(key);
    const plan = protectClaim(claim, view.cache(podResource).list(namespace));
    if (!claim.metadata.deletionTimestamp || plan.steps.length === 0) return plan;
    // A pod may have been bound meanwhile that the copy does not show.
    return protectClaim(claim, (await client.list(podResource, { namespace })).items);
  },
});

/** Keeps bound volumes from going. */
export const volumeProtection: ControllerSpec<PersistentVolume> = {
  name: 'pv-protection-controller',
  primary: persistentVolumeResource,
  watches: [],
  plan: (volume) => (volume ? protectVolume(volume) : EMPTY_PLAN),
};

/** Makes bound claims larger. */
export const claimExpander: ControllerSpec<PersistentVolumeClaim> = {
  name: 'volume_expand',
  primary: persistentVolumeClaimResource,
  watches: [claimOfVolume()],
  plan(claim, _key, view, now) {
    if (!claim) return EMPTY_PLAN;
    const volume = volumesOf(view).get('', claim.spec?.volumeName ?? '');
    return growClaim(claim, volume, isOurProvisioner, now);
  },
};

function claimOfVolume(): WatchSource {
  const source: WatchSource<PersistentVolume> = {
    resource: persistentVolumeResource,
    toKeys: (volume) => [claimKeyOf(volume) ?? []].flat(),
  };
  return source as WatchSource;
}

/** Makes the claims of ephemeral volumes. */
export const ephemeralClaims: ControllerSpec<Pod> = {
  name: 'ephemeral-volume-controller',
  primary: podResource,
  watches: [{ resource: persistentVolumeClaimResource, toKeys: podOfClaim }],
  plan(pod, _key, view) {
    if (!pod) return EMPTY_PLAN;
    return claimsForPod(pod, (name) => claimsOf(view).get(pod.metadata.namespace ?? '', name));
  },
};

function podOfClaim({ metadata }: { metadata: PersistentVolumeClaim['metadata'] }): string[] {
  const owner = metadata.ownerReferences?.find(({ controller, kind }) => controller && kind === 'Pod');
  return owner ? [`${metadata.namespace ?? ''}/${owner.name}`] : [];
}
