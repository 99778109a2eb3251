/**
 * Rules that volumes and claims of volumes share: access modes and how they are shown, volume modes, storage classes.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import { type FieldError, forbidden, invalid, notSupported, required, tooLong } from '../field-error';
import { follows } from '../field-rules';
import { dnsSubdomain } from '../names';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const MAXIMUM_DRIVER_LENGTH = 63;

/** Filesystem or raw device. */
export const VOLUME_MODES: readonly string[] = ['Block', 'Filesystem'];

/** `RWO,ROX`: access modes in the order people know, each once. */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return Object.keys(SHORT_MODES)
    .filter((mode) => modes?.includes(mode))
    .map((mode) => SHORT_MODES[mode])
    .join(',');
}

/** All that is wrong with a list of access modes. */
export function validateAccessModes(
  modes: readonly string[] | undefined,
  field: string,
  whenEmpty: string,
): FieldError[] {
  const errors = modes?.length ? [] : [required(field, whenEmpty)];
  for (const mode of modes ?? []) {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(field, mode, ACCESS_MODES));
  }
  if (modes?.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

/** The name of a storage class; it may be empty, which means none. */
export function validateClassName(name: string | undefined, field: string): FieldError[] {
  return name ? follows(dnsSubdomain, name, field) : [];
}

/** The storage class of a volume or claim, wherever it is written. */
export function storageClassOf(
  metadata: { readonly annotations?: Readonly<Record<string, string>> },
  spec: { readonly storageClassName?: string } | undefined,
): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '';
}

/** The error for a path that is not absolute; empty array when it is. */
export function validateAbsolutePath(path: string | undefined, field: string): FieldError[] {
  if (!path) return [required(field)];
  return path.startsWith('/') ? [] : [invalid(field, path, 'must be an absolute path')];
}

/** The name of a CSI driver, wherever one is named: a DNS subdomain, in which capitals are let pass. */
export function validateDriverName(driver: string | undefined, field: string): FieldError[] {
  if (!driver) return [required(field)];
  return [
    ...(driver.length > MAXIMUM_DRIVER_LENGTH ? [tooLong(field, MAXIMUM_DRIVER_LENGTH)] : []),
    ...dnsSubdomain(driver.toLowerCase()).map((reason) => invalid(field, driver, reason)),
  ];
}
