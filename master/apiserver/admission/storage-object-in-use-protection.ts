/**
 * StorageObjectInUseProtection: claims and volumes are born with the finalizer that keeps them while they are used. The volume
 * controller takes it off when nobody uses them any more.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
 */
import { type AdmissionPlugin, isOneOf } from './review';

const FINALIZERS: Readonly<Record<string, string>> = {
  PersistentVolume: 'kubernetes.io/pv-protection',
  PersistentVolumeClaim: 'kubernetes.io/pvc-protection',
};

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: (kind, operation) => operation === 'create' && isOneOf(kind, Object.keys(FINALIZERS)),
  mutate({ kind }, { object }) {
    const finalizer = FINALIZERS[kind.kind];
    const { metadata } = object ?? {};
    if (!finalizer || !metadata || metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};
