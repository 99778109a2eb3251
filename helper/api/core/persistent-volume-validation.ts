/**
 * Rules of PersistentVolumes: one source of storage, a size, and nothing that changes after creation but the binding.
 *
 * Kubernetes also checks sources of single vendors (Azure, vSphere, ...) field by field; left out because nothing here could
 * use them: they are stored as they come.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import type {
  CSIPersistentVolumeSource,
  ISCSIPersistentVolumeSource,
  LocalVolumeSource,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from 'kubernetes-types/core/v1';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { oneOf, optionalOneOf } from '../field-rules';
import type { KubeObject } from '../meta';
import { immutable, sameValue } from '../validate-metadata';
import { validatePositiveAmount, validateResourceAmount } from './resource-names';
import { validateNodeSelectorTerms } from './scheduling-validation';
import {
  VOLUME_MODES,
  validateAbsolutePath,
  validateAccessModes,
  validateClassName,
  validateDriverName,
} from './storage-rules';
import { validateHostPath, validateNfs } from './volume-validation';

type Volume = KubeObject & { spec?: PersistentVolumeSpec };

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];
const MAXIMUM_LUN = 255;

/** Everything of a spec that is not a source of storage. */
const OTHER_FIELDS = [
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
];
const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

/** The sources a spec names: exactly one in a valid volume. */
function sourcesOf(spec: PersistentVolumeSpec): [string, unknown][] {
  return Object.entries(spec).filter(
    ([key, value]) => !OTHER_FIELDS.includes(key) && value !== undefined && value !== null,
  );
}

function validateCsi(source: CSIPersistentVolumeSource, path: string): FieldError[] {
  const parts = ['name', 'namespace'] as const;
  const secrets = CSI_SECRETS.flatMap((key) => {
    const secret = source[key];
    return secret ? parts.flatMap((part) => (secret[part] ? [] : [required(`${path}.${key}.${part}`)])) : [];
  });
  return [
    ...validateDriverName(source.driver, `${path}.driver`),
    ...(source.volumeHandle ? [] : [required(`${path}.volumeHandle`)]),
    ...secrets,
  ];
}

function validateIscsi(source: ISCSIPersistentVolumeSource, path: string): FieldError[] {
  const { targetPortal, iqn, lun = 0 } = source;
  const isLun = lun >= 0 && lun <= MAXIMUM_LUN;
  return [
    ...(targetPortal ? [] : [required(`${path}.targetPortal`)]),
    ...(iqn ? [] : [required(`${path}.iqn`)]),
    ...(isLun ? [] : [invalid(`${path}.lun`, lun, `must be between 0 and ${MAXIMUM_LUN}, inclusive`)]),
  ];
}

function validateLocal({ path }: LocalVolumeSource, field: string, hasAffinity: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (path?.split('/').includes('..')) errors.push(invalid(`${field}.path`, path, "must not contain '..'"));
  else errors.push(...validateAbsolutePath(path, `${field}.path`));
  return hasAffinity ? errors : [...errors, required('metadata.annotations', 'Local volume requires node affinity')];
}

function validateSource(spec: PersistentVolumeSpec): FieldError[] {
  const sources = sourcesOf(spec);
  const errors = sources.slice(1).map(([key]) => forbidden(`spec.${key}`, 'may not specify more than 1 volume type'));
  if (!sources.length) errors.push(required('spec', 'must specify a volume type'));
  const { hostPath, nfs, local, csi, iscsi, nodeAffinity } = spec;
  if (hostPath) errors.push(...validateHostPath(hostPath, 'spec.hostPath'));
  if (nfs) errors.push(...validateNfs(nfs, 'spec.nfs'));
  if (local) errors.push(...validateLocal(local, 'spec.local', nodeAffinity?.required !== undefined));
  if (csi) errors.push(...validateCsi(csi, 'spec.csi'));
  if (iscsi) errors.push(...validateIscsi(iscsi, 'spec.iscsi'));
  if (/^\/+$/.test(hostPath?.path ?? '') && spec.persistentVolumeReclaimPolicy === 'Recycle') {
    const message = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', message));
  }
  return errors;
}

function validateCapacity(capacity: Readonly<Record<string, string>>): FieldError[] {
  const names = Object.keys(capacity);
  const errors: FieldError[] = [];
  if (!names.length) errors.push(required('spec.capacity'));
  if (!names.includes('storage') || names.length > 1) {
    errors.push(notSupported('spec.capacity', capacity, ['storage']));
  }
  for (const [name, value] of Object.entries(capacity)) {
    const field = `spec.capacity[${name}]`;
    const wrong = validateResourceAmount(name, value, field);
    errors.push(...(wrong.length ? wrong : validatePositiveAmount(value, field)));
  }
  return errors;
}

function validateNodeAffinity(affinity: VolumeNodeAffinity | undefined, path: string): FieldError[] {
  if (!affinity) return [];
  if (!affinity.required) return [required(`${path}.required`, 'must specify required node constraints')];
  return validateNodeSelectorTerms(affinity.required.nodeSelectorTerms, `${path}.required.nodeSelectorTerms`);
}

/** All that is wrong with a volume. */
export function validateVolume({ spec }: Volume): FieldError[] {
  if (!spec) return [required('spec.accessModes'), required('spec.capacity')];
  return [
    ...validateAccessModes(spec.accessModes, 'spec.accessModes', ''),
    ...validateCapacity(spec.capacity ?? {}),
    ...optionalOneOf(spec.persistentVolumeReclaimPolicy, RECLAIM_POLICIES, 'spec.persistentVolumeReclaimPolicy'),
    ...validateNodeAffinity(spec.nodeAffinity, 'spec.nodeAffinity'),
    ...validateSource(spec),
    ...validateClassName(spec.storageClassName, 'spec.storageClassName'),
    ...oneOf(spec.volumeMode, VOLUME_MODES, 'spec.volumeMode'),
  ];
}

/** The source of storage without what may change: secrets of a CSI driver are renewed. */
function fixedSource(spec: PersistentVolumeSpec): unknown {
  const { csi, ...others } = Object.fromEntries(sourcesOf(spec)) as { csi?: CSIPersistentVolumeSource };
  const { controllerExpandSecretRef, nodeExpandSecretRef, ...fixedCsi } = csi ?? {};
  return csi ? { ...others, csi: fixedCsi } : others;
}

/** What an update of a volume may not change. */
export function validateVolumeUpdate({ spec }: Volume, old: Volume): FieldError[] {
  if (!spec || !old.spec) return [];
  const isSame = sameValue(fixedSource(spec), fixedSource(old.spec));
  const message = 'spec.persistentvolumesource is immutable after creation';
  return [
    ...(isSame ? [] : [forbidden('spec.persistentvolumesource', message)]),
    ...immutable(spec.volumeMode, old.spec.volumeMode, 'spec.volumeMode'),
    // A volume without affinity may get one, once.
    ...(old.spec.nodeAffinity ? immutable(spec.nodeAffinity, old.spec.nodeAffinity, 'spec.nodeAffinity') : []),
  ];
}
