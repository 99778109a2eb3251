/**
 * Rules of volumes: what a pod's volumes may be, and how containers mount them.
 * https://kubernetes.io/docs/concepts/storage/volumes/
 */
import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  HostPathVolumeSource,
  KeyToPath,
  NFSVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
  Volume,
  VolumeMount,
  VolumeProjection,
} from 'kubernetes-types/core/v1';
import { duplicate, type FieldError, forbidden, invalid, notFoundValue, notSupported, required } from '../field-error';
import { dnsLabel } from '../names';
import { isQuantity, parseQuantity } from '../quantity';
import { validateFieldRef, validateResourceFieldRef } from './env-validation';

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const RECURSION_MODES = ['Disabled', 'Enabled', 'IfPossible'];
const PROPAGATION_MODES = ['Bidirectional', 'HostToContainer', 'None'];
const MINIMUM_TOKEN_SECONDS = 600;
const MAXIMUM_TOKEN_SECONDS = 2 ** 32;

/** The sources a volume names: exactly one in a valid volume. */
export function volumeSourcesOf(volume: Volume): string[] {
  return Object.entries(volume)
    .filter(([key, value]) => key !== 'name' && value !== undefined && value !== null)
    .map(([key]) => key);
}

/** A path inside a volume: relative, and never upwards. */
export function validateLocalPath(path: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (path.startsWith('/')) errors.push(invalid(field, path, 'must be a relative path'));
  if (path.split('/').includes('..')) errors.push(invalid(field, path, "must not contain '..'"));
  return errors;
}

function validateMode(mode: number | undefined | null, field: string): FieldError[] {
  if (mode === undefined || mode === null || (mode >= 0 && mode <= 0o777)) return [];
  return [invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

function validateFilePath(path: string | undefined, field: string): FieldError[] {
  if (!path) return [required(field)];
  const errors = validateLocalPath(path, field);
  return path.startsWith('..') && !errors.length ? [invalid(field, path, "must not start with '..'")] : errors;
}

function validateItems(items: readonly KeyToPath[] | undefined, field: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => [
    ...(item.key ? [] : [required(`${field}[${index}].key`)]),
    ...validateFilePath(item.path, `${field}[${index}].path`),
    ...validateMode(item.mode, `${field}[${index}].mode`),
  ]);
}

function validateDownwardFiles(items: readonly DownwardAPIVolumeFile[] | undefined, field: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => {
    const path = `${field}[${index}]`;
    const errors = validateFilePath(item.path, `${path}.path`);
    if (item.fieldRef && item.resourceFieldRef) {
      errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    } else if (item.fieldRef) errors.push(...validateFieldRef(item.fieldRef, `${path}.fieldRef`, 'volume'));
    else if (item.resourceFieldRef) {
      errors.push(...validateResourceFieldRef(item.resourceFieldRef, `${path}.resourceFieldRef`, 'volume'));
    } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
    return [...errors, ...validateMode(item.mode, `${path}.mode`)];
  });
}

/** A path of the node. */
export function validateHostPath(source: HostPathVolumeSource, field: string): FieldError[] {
  if (!source.path) return [required(`${field}.path`)];
  const errors = source.path.split('/').includes('..')
    ? [invalid(`${field}.path`, source.path, "must not contain '..'")]
    : [];
  if (!HOST_PATH_TYPES.includes(source.type ?? '')) {
    errors.push(notSupported(`${field}.type`, source.type, HOST_PATH_TYPES));
  }
  return errors;
}

function validateEmptyDir({ sizeLimit }: EmptyDirVolumeSource, field: string): FieldError[] {
  if (sizeLimit === undefined || (isQuantity(sizeLimit) && parseQuantity(sizeLimit) >= 0n)) return [];
  return [forbidden(`${field}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')];
}

function validateConfigMap(source: ConfigMapVolumeSource, field: string): FieldError[] {
  return [
    ...(source.name ? [] : [required(`${field}.name`)]),
    ...validateMode(source.defaultMode, `${field}.defaultMode`),
    ...validateItems(source.items, `${field}.items`),
  ];
}

function validateSecret(source: SecretVolumeSource, field: string): FieldError[] {
  return [
    ...(source.secretName ? [] : [required(`${field}.secretName`)]),
    ...validateMode(source.defaultMode, `${field}.defaultMode`),
    ...validateItems(source.items, `${field}.items`),
  ];
}

/** A directory of an NFS server. */
export function validateNfs(source: NFSVolumeSource, field: string): FieldError[] {
  return [
    ...(source.server ? [] : [required(`${field}.server`)]),
    ...(source.path ? [] : [required(`${field}.path`)]),
    ...(source.path && !source.path.startsWith('/')
      ? [invalid(`${field}.path`, source.path, 'must be an absolute path')]
      : []),
  ];
}

function validateToken(token: NonNullable<VolumeProjection['serviceAccountToken']>, field: string): FieldError[] {
  const seconds = token.expirationSeconds ?? 3600;
  const errors: FieldError[] = [];
  if (seconds < MINIMUM_TOKEN_SECONDS) {
    const message = 'may not specify a duration less than 10 minutes';
    errors.push(invalid(`${field}.expirationSeconds`, seconds, message));
  }
  if (seconds > MAXIMUM_TOKEN_SECONDS) {
    errors.push(invalid(`${field}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  return [...errors, ...validateFilePath(token.path, `${field}.path`)];
}

function validateProjection(source: VolumeProjection, field: string): FieldError[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  const named = Object.entries(source).filter(([, value]) => value !== undefined && value !== null);
  const errors = named.slice(1).map(([key]) => forbidden(`${field}.${key}`, 'may not specify more than 1 volume type'));
  if (!named.length) errors.push(required(field, 'must specify a volume type'));
  if (configMap) errors.push(...validateConfigMap(configMap, `${field}.configMap`));
  if (secret) {
    if (!secret.name) errors.push(required(`${field}.secret.name`));
    errors.push(...validateItems(secret.items, `${field}.secret.items`));
  }
  if (downwardAPI) errors.push(...validateDownwardFiles(downwardAPI.items, `${field}.downwardAPI.items`));
  if (serviceAccountToken) errors.push(...validateToken(serviceAccountToken, `${field}.serviceAccountToken`));
  return errors;
}

function validateProjected(source: ProjectedVolumeSource, field: string): FieldError[] {
  return [
    ...validateMode(source.defaultMode, `${field}.defaultMode`),
    ...(source.sources ?? []).flatMap((entry, index) => validateProjection(entry, `${field}.sources[${index}]`)),
  ];
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const { hostPath, emptyDir, configMap, secret, downwardAPI, projected, nfs, persistentVolumeClaim } = volume;
  const errors: FieldError[] = [];
  if (hostPath) errors.push(...validateHostPath(hostPath, `${path}.hostPath`));
  if (emptyDir) errors.push(...validateEmptyDir(emptyDir, `${path}.emptyDir`));
  if (configMap) errors.push(...validateConfigMap(configMap, `${path}.configMap`));
  if (secret) errors.push(...validateSecret(secret, `${path}.secret`));
  if (downwardAPI) errors.push(...validateDownwardFiles(downwardAPI.items, `${path}.downwardAPI.items`));
  if (projected) errors.push(...validateProjected(projected, `${path}.projected`));
  if (nfs) errors.push(...validateNfs(nfs, `${path}.nfs`));
  if (persistentVolumeClaim && !persistentVolumeClaim.claimName) {
    errors.push(required(`${path}.persistentVolumeClaim.claimName`));
  }
  return errors;
}

/** All that is wrong with the volumes of a pod. */
export function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const field = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const sources = volumeSourcesOf(volume);
    if (!sources.length) errors.push(required(field, 'must specify a volume type'));
    errors.push(
      ...sources.slice(1).map((key) => forbidden(`${field}.${key}`, 'may not specify more than 1 volume type')),
    );
    errors.push(...validateSource(volume, field));
    if (!volume.name) errors.push(required(`${field}.name`));
    else errors.push(...dnsLabel(volume.name).map((reason) => invalid(`${field}.name`, volume.name, reason)));
    if (volume.name && names.has(volume.name)) errors.push(duplicate(`${field}.name`, volume.name));
    names.add(volume.name);
    return errors;
  });
}

/** All that is wrong with the mounts of a container in a pod with these volumes. */
export function validateMounts(
  mounts: readonly VolumeMount[],
  volumes: ReadonlySet<string>,
  privileged: boolean,
  path: string,
): FieldError[] {
  const taken = new Set<string>();
  return mounts.flatMap((mount, index) => {
    const field = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (!mount.name) errors.push(required(`${field}.name`));
    if (mount.name && !volumes.has(mount.name)) errors.push(notFoundValue(`${field}.name`, mount.name));
    if (!mount.mountPath) errors.push(required(`${field}.mountPath`));
    if (taken.has(mount.mountPath)) errors.push(invalid(`${field}.mountPath`, mount.mountPath, 'must be unique'));
    taken.add(mount.mountPath);
    return [...errors, ...validateMountOptions(mount, privileged, field)];
  });
}

function validateMountOptions(mount: VolumeMount, privileged: boolean, field: string): FieldError[] {
  const { subPath, subPathExpr, mountPropagation } = mount;
  const errors: FieldError[] = [];
  if (subPath) errors.push(...validateLocalPath(subPath, `${field}.subPath`));
  if (subPathExpr) {
    if (subPath) {
      errors.push(invalid(`${field}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    }
    errors.push(...validateLocalPath(subPathExpr, `${field}.subPathExpr`));
  }
  if (mountPropagation && !PROPAGATION_MODES.includes(mountPropagation)) {
    errors.push(notSupported(`${field}.mountPropagation`, mountPropagation, PROPAGATION_MODES));
  }
  errors.push(...validateRecursion(mount, `${field}.recursiveReadOnly`));
  if (mountPropagation === 'Bidirectional' && !privileged) {
    const message = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(forbidden(`${field}.mountPropagation`, message));
  }
  return errors;
}

function validateRecursion(
  { recursiveReadOnly, readOnly, mountPropagation }: VolumeMount,
  field: string,
): FieldError[] {
  if (recursiveReadOnly === undefined) return [];
  if (!RECURSION_MODES.includes(recursiveReadOnly)) return [notSupported(field, recursiveReadOnly, RECURSION_MODES)];
  if (recursiveReadOnly === 'Disabled') return [];
  const errors: FieldError[] = [];
  if (!readOnly) errors.push(forbidden(field, 'may only be specified when readOnly is true'));
  if ((mountPropagation ?? 'None') !== 'None') {
    errors.push(forbidden(field, 'may only be specified when mountPropagation is None or not specified'));
  }
  return errors;
}
