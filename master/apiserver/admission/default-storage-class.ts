/**
 * DefaultStorageClass: a claim that names no class gets the one marked as default. An empty name is a name: no class at all.
 * https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
 */
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import { newestMarked } from './newest-marked';
import { type AdmissionPlugin, isOneOf } from './review';

const MARKS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];
const OLD_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  handles: (kind, operation) => operation === 'create' && isOneOf(kind, ['PersistentVolumeClaim']),
  mutate({ registry }, { object }) {
    const { spec, metadata } = object as PersistentVolumeClaim;
    if (!spec || spec.storageClassName !== undefined) return;
    if (metadata.annotations?.[OLD_CLASS_ANNOTATION] !== undefined) return;
    const classes = registry.find('storage.k8s.io', 'v1', 'storageclasses');
    const chosen = classes && newestMarked(classes, ...MARKS);
    if (chosen) spec.storageClassName = chosen.metadata.name;
  },
};
