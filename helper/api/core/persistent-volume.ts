/**
 * PersistentVolume: a piece of storage of the cluster, of any claim or of none.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import type { ObjectReference, PersistentVolume as PublishedPersistentVolume } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn, wideColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import { canonicalizeResources } from '../quantity';
import type { Resource } from '../resource';
import { validateVolume, validateVolumeUpdate } from './persistent-volume-validation';
import { formatAccessModes, storageClassOf } from './storage-rules';

export type PersistentVolume = ApiObject<PublishedPersistentVolume>;

export const persistentVolumeResource: Resource<PersistentVolume> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  categories: [],
  namespaced: false,
};

const claimName = (claim: ObjectReference | undefined) => (claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '');

function phase({ metadata, status }: PersistentVolume): string {
  return metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '');
}

/** Row of the table: PersistentVolume. */
export const persistentVolumeKind = /* @__PURE__ */ defineKind<PersistentVolume>({
  resource: persistentVolumeResource,
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  hasStatus: true,
  returnsDeleted: true,
  columns: () => [
    nameColumn,
    column('Capacity', 'string', 'The resources of the volume.', ({ spec }) => spec?.capacity?.['storage'] ?? ''),
    column('Access Modes', 'string', 'How the volume may be mounted.', ({ spec }) =>
      formatAccessModes(spec?.accessModes),
    ),
    column(
      'Reclaim Policy',
      'string',
      'What happens to the volume when it is released.',
      ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    ),
    column('Status', 'string', 'The current phase of the volume.', phase),
    column('Claim', 'string', 'The claim the volume is bound to.', ({ spec }) => claimName(spec?.claimRef)),
    column('StorageClass', 'string', 'StorageClass of the pv', ({ metadata, spec }) => storageClassOf(metadata, spec)),
    column(
      'VolumeAttributesClass',
      'string',
      'VolumeAttributesClass of the pv',
      ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    ),
    column('Reason', 'string', 'Why the volume is in a failure state.', ({ status }) => status?.reason ?? ''),
    ageColumn,
    wideColumn('VolumeMode', 'string', 'Filesystem or Block.', ({ spec }) => spec?.volumeMode ?? '<unset>'),
  ],
  prepareForCreate(volume) {
    const { creationTimestamp } = volume.metadata;
    const since = creationTimestamp ? { lastPhaseTransitionTime: creationTimestamp } : {};
    volume.status = { phase: 'Pending', ...since };
  },
  applyDefaults({ spec }) {
    if (!spec) return;
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
    if (spec.iscsi) spec.iscsi.iscsiInterface ||= 'default';
    canonicalizeResources(spec.capacity);
  },
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
});
