/**
 * Our provisioners in the harness: new volumes for claims that wait for one, and the end of volumes nobody wants any more.
 *
 * Data lies on nodes, so nodes delete it: their kubelet is asked through the API server (`/volumes`, a path of ours). Where the
 * node itself is gone, so is what was on it.
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { type PersistentVolume, persistentVolumeResource } from '../../../helper/api/core/persistent-volume';
import {
  type PersistentVolumeClaim,
  persistentVolumeClaimResource,
} from '../../../helper/api/core/persistent-volume-claim';
import { storageClassOf } from '../../../helper/api/core/storage-rules';
import type { KubeObject } from '../../../helper/api/meta';
import { isAlreadyExists } from '../../../helper/api/status-error';
import {
  DEFAULT_CLASS_ANNOTATION,
  type StorageClass,
  storageClassResource,
} from '../../../helper/api/storage/storage-class';
import type { ApiClient } from '../../../helper/client/client';
import { type ControllerSpec, EMPTY_PLAN, type Plan, type View } from '../../../helper/controller/controller';
import { disposalOf, hostnameOf, LOCAL_PATH, provisionVolume, withoutHold } from './provision-volume';

const RETRY_DISPOSAL_MS = 15_000;

/** The class of claims that name none: directories on the disk of the node where the first pod goes. */
export const STANDARD_CLASS: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { [DEFAULT_CLASS_ANNOTATION]: 'true' } },
  provisioner: LOCAL_PATH,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

/** A cluster without it gets it; one who does not want it takes the annotation off. */
export async function createStandardClass(client: ApiClient): Promise<void> {
  try {
    await client.create(storageClassResource, STANDARD_CLASS);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Makes volumes for claims; `localDirectory` is where nodes keep local ones. */
export const provisioner = (localDirectory: string): ControllerSpec<PersistentVolumeClaim> => ({
  name: LOCAL_PATH,
  primary: persistentVolumeClaimResource,
  watches: [
    { resource: storageClassResource, toKeys: () => [] },
    { resource: nodeResource, toKeys: () => [] },
  ],
  plan(claim, _key, view) {
    if (!claim) return EMPTY_PLAN;
    const storageClass = view.cache(storageClassResource).get('', storageClassOf(claim.metadata, claim.spec));
    return provisionVolume(claim, { storageClass, nodes: view.cache(nodeResource).list(), localDirectory });
  },
});

/** Deletes released volumes of ours, data first. */
export const disposer = (client: ApiClient): ControllerSpec<PersistentVolume> => ({
  name: LOCAL_PATH,
  primary: persistentVolumeResource,
  // A node that goes takes its data along: who waited for it need not wait any longer.
  watches: [{ resource: nodeResource, toKeys: dyingVolumes }],
  async plan(volume, _key, view) {
    const disposal = volume ? disposalOf(volume) : 'nothing';
    if (!volume || disposal === 'nothing') return EMPTY_PLAN;
    const resource = persistentVolumeResource;
    if (disposal === 'delete') return { steps: [[{ verb: 'delete', resource, object: volume }]] };
    const letGo: Plan = { steps: [[{ verb: 'update', resource, object: withoutHold(volume) }]] };
    if (disposal === 'letGo') return letGo;
    try {
      await deleteData(client, volume, view.cache(nodeResource).list());
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const event = { type: 'Warning', reason: 'VolumeFailedDelete', message } as const;
      return { steps: [], events: [event], requeueAfterMs: RETRY_DISPOSAL_MS };
    }
    return letGo;
  },
});

function dyingVolumes(_node: KubeObject, view: View): string[] {
  const volumes = view.cache(persistentVolumeResource).list();
  return volumes.filter((volume) => disposalOf(volume) !== 'nothing').map(({ metadata }) => metadata.name);
}

async function deleteData(
  client: ApiClient,
  { metadata, spec }: PersistentVolume,
  nodes: readonly Node[],
): Promise<void> {
  const hostname = hostnameOf({ metadata, spec } as PersistentVolume);
  const isThere = (node: Node) =>
    hostname === undefined || node.metadata.labels?.['kubernetes.io/hostname'] === hostname;
  const node = nodes.find(isThere);
  if (!node) {
    if (hostname !== undefined) return;
    throw new Error('there is no node to delete the data from');
  }
  const { server = '', path = '' } = spec?.nfs ?? {};
  const place = spec?.nfs ? `nfs?${new URLSearchParams({ server, path })}` : `local/${metadata.name}`;
  await client.raw('DELETE', `/api/v1/nodes/${node.metadata.name}/proxy/volumes/${place}`);
}
