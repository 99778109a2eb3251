/**
 * PersistentVolumeClaim: a wish for storage, bound to one PersistentVolume for as long as it lives.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import type { PersistentVolumeClaim as PublishedPersistentVolumeClaim } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn, wideColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, required } from '../field-error';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { defaultClaim, normalizeDataSource, validateClaimSpec, validateClaimUpdate } from './claim-rules';
import { validateResourceAmount } from './resource-names';
import { formatAccessModes, storageClassOf } from './storage-rules';

export type PersistentVolumeClaim = ApiObject<PublishedPersistentVolumeClaim>;

export const persistentVolumeClaimResource: Resource<PersistentVolumeClaim> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  categories: [],
  namespaced: true,
};

function phase({ metadata, status }: PersistentVolumeClaim): string {
  return metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '');
}

/** Size and access modes are shown once there is a volume that has them. */
const ofVolume = (claim: PersistentVolumeClaim, read: (claim: PersistentVolumeClaim) => string | undefined) =>
  claim.spec?.volumeName ? (read(claim) ?? '') : '';

function validateStatus({ status }: PersistentVolumeClaim): FieldError[] {
  return [
    ...(status && !status.phase ? [required('status.phase')] : []),
    ...Object.entries(status?.capacity ?? {}).flatMap(([name, value]) =>
      validateResourceAmount(name, value, `status.capacity[${name}]`),
    ),
  ];
}

/** Row of the table: PersistentVolumeClaim. */
export const persistentVolumeClaimKind = /* @__PURE__ */ defineKind<PersistentVolumeClaim>({
  resource: persistentVolumeClaimResource,
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  hasStatus: true,
  returnsDeleted: true,
  columns: () => [
    nameColumn,
    column('Status', 'string', 'The current phase of the claim.', phase),
    column('Volume', 'string', 'The volume the claim is bound to.', ({ spec }) => spec?.volumeName ?? ''),
    column('Capacity', 'string', 'The resources of the volume.', (claim) =>
      ofVolume(claim, ({ status }) => status?.capacity?.['storage']),
    ),
    column('Access Modes', 'string', 'How the volume may be mounted.', (claim) =>
      ofVolume(claim, ({ status }) => formatAccessModes(status?.accessModes)),
    ),
    column('StorageClass', 'string', 'StorageClass of the pvc', ({ metadata, spec }) => storageClassOf(metadata, spec)),
    column(
      'VolumeAttributesClass',
      'string',
      'VolumeAttributesClass of the pvc',
      ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    ),
    ageColumn,
    wideColumn('VolumeMode', 'string', 'Filesystem or Block.', ({ spec }) => spec?.volumeMode ?? '<unset>'),
  ],
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
    normalizeDataSource(claim.spec);
  },
  prepareForUpdate(claim) {
    normalizeDataSource(claim.spec);
  },
  applyDefaults: defaultClaim,
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateStatus,
});
