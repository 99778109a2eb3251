/**
 * Ephemeral volumes: a pod that asks for one gets a claim of its own, which lives as long as the pod. Pure.
 *
 * The claim is called after pod and volume and owned by the pod, so that the garbage collector takes it along. A claim of that
 * name that belongs to somebody else is left alone, and the pod waits.
 * https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
import {
  type PersistentVolumeClaim,
  persistentVolumeClaimResource,
} from '../../../helper/api/core/persistent-volume-claim';
import { isTerminal, type Pod } from '../../../helper/api/core/pod';
import { claimNameOf } from '../../../helper/api/core/volume-binding';
import type { Plan, Write } from '../../../helper/controller/controller';

/** Creates the claims the pod lacks; `find` knows the claims of the pod's namespace. */
export function claimsForPod(pod: Pod, find: (name: string) => PersistentVolumeClaim | undefined): Plan {
  if (pod.metadata.deletionTimestamp || isTerminal(pod)) return { steps: [] };
  const creates = (pod.spec?.volumes ?? []).flatMap((volume): Write[] => {
    const name = claimNameOf(pod, volume);
    const template = volume.ephemeral?.volumeClaimTemplate;
    if (!name || !template || find(name)) return [];
    const { labels, annotations } = template.metadata ?? {};
    const object: PersistentVolumeClaim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        namespace: pod.metadata.namespace ?? '',
        ...(labels ? { labels } : {}),
        ...(annotations ? { annotations } : {}),
        ownerReferences: [ownedBy(pod)],
      },
      spec: template.spec,
    };
    return [{ verb: 'create', resource: persistentVolumeClaimResource, object, ignoreExisting: true }];
  });
  return { steps: creates.length > 0 ? [creates] : [] };
}

function ownedBy({ metadata: { name, uid = '' } }: Pod) {
  return { apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true };
}
