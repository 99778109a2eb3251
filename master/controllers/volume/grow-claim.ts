/**
 * Expansion: a bound claim that asks for more than it has gets it, when its volume can grow. Pure.
 *
 * Volumes of our own provisioners are directories: nothing on the node has to grow with them, so the new size is written to the
 * volume and then to the claim, with Kubernetes' conditions on the way. Anybody else's volumes wait for who made them.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
 */
import { type PersistentVolume, persistentVolumeResource } from '../../../helper/api/core/persistent-volume';
import {
  type PersistentVolumeClaim,
  persistentVolumeClaimResource,
} from '../../../helper/api/core/persistent-volume-claim';
import { isMeantFor, PROVISIONED_BY, requestedSize } from '../../../helper/api/core/volume-binding';
import { compareQuantities } from '../../../helper/api/quantity';
import { EMPTY_PLAN, type Plan, type Write } from '../../../helper/controller/controller';

/** `isOurs` knows the provisioners whose volumes can grow here. */
export function growClaim(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume | undefined,
  isOurs: (provisioner: string) => boolean,
  now: Date,
): Plan {
  const has = claim.status?.capacity?.['storage'];
  const wanted = requestedSize(claim);
  if (claim.status?.phase !== 'Bound' || !volume || !isMeantFor(volume, claim)) return EMPTY_PLAN;
  if (has === undefined || compareQuantities(wanted, has) <= 0) return EMPTY_PLAN;
  if (!isOurs(volume.metadata.annotations?.[PROVISIONED_BY] ?? '')) {
    const message = 'waiting for an external controller to expand this PVC';
    return { steps: [], events: [{ type: 'Normal', reason: 'ExternalExpanding', message }] };
  }
  if (compareQuantities(volume.spec?.capacity?.['storage'] ?? '0', wanted) < 0)
    return growVolume(claim, volume, wanted, now);
  const done = claimStatus(claim, { capacity: { storage: wanted }, conditions: [] });
  const event = { type: 'Normal', reason: 'VolumeResizeSuccessful', message: 'Resize volume succeeded' } as const;
  return { steps: [[done]], events: [event] };
}

function growVolume(claim: PersistentVolumeClaim, volume: PersistentVolume, size: string, now: Date): Plan {
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const conditions = [{ type: 'Resizing', status: 'True', lastProbeTime: null, lastTransitionTime: time }];
  const { name } = volume.metadata;
  const body = { spec: { capacity: { storage: size } } };
  const message = `External resizer is resizing volume ${name}`;
  return {
    steps: [
      [claimStatus(claim, { conditions })],
      [{ verb: 'patch', resource: persistentVolumeResource, namespace: '', name, body }],
    ],
    events: [{ type: 'Normal', reason: 'Resizing', message }],
  };
}

function claimStatus({ metadata }: PersistentVolumeClaim, status: object): Write {
  const { namespace = '', name } = metadata;
  const resource = persistentVolumeClaimResource;
  return { verb: 'patch', resource, namespace, name, body: { status }, subresource: 'status' };
}
