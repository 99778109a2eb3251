/**
 * PersistentVolumeClaimResize: a claim may only ask for more when it has a volume, of a class whose volumes can grow.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#persistentvolumeclaimresize
 */
import type { StorageClass } from 'kubernetes-types/storage/v1';
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import { compareQuantities } from '../../../helper/api/quantity';
import { forbiddenError } from '../../../helper/api/status-error';
import { type AdmissionPlugin, isOneOf } from './review';

const OLD_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const NOT_RESIZABLE =
  'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';

const sizeOf = ({ spec }: PersistentVolumeClaim) => spec?.resources?.requests?.['storage'] ?? '0';

/** Does the claim ask for more than before? */
export function growsIn(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  return compareQuantities(sizeOf(claim), sizeOf(old)) > 0;
}

/** Why a claim that was like `old` may not grow; undefined when it may. */
export function growthRefusal(
  { status }: PersistentVolumeClaim,
  storageClass: Pick<StorageClass, 'allowVolumeExpansion'> | undefined,
): string | undefined {
  if (status?.phase !== 'Bound') return 'Only bound persistent volume claims can be expanded';
  return storageClass?.allowVolumeExpansion ? undefined : NOT_RESIZABLE;
}

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  handles: (kind, operation) => operation === 'update' && isOneOf(kind, ['PersistentVolumeClaim']),
  validate({ registry, kind }, { object, old }) {
    const [claim, before] = [object as PersistentVolumeClaim, old as PersistentVolumeClaim];
    if (!growsIn(claim, before)) return;
    const name = claim.metadata.annotations?.[OLD_CLASS_ANNOTATION] ?? claim.spec?.storageClassName ?? '';
    const found = registry.find('storage.k8s.io', 'v1', 'storageclasses')?.get('', name)?.object;
    const reason = growthRefusal(before, found as Pick<StorageClass, 'allowVolumeExpansion'> | undefined);
    if (reason) throw forbiddenError(kind, claim.metadata.name, reason);
  },
};
