/**
 * VolumeAttachment: the wish that a volume be attached to a node, and whether it is.
 * https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/
 */
import type {
  VolumeAttachment as PublishedAttachment,
  VolumeAttachmentSource,
  VolumeError,
} from 'kubernetes-types/storage/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { validateDriverName } from '../core/storage-rules';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden, required, tooLong } from '../field-error';
import { follows } from '../field-rules';
import type { ApiObject } from '../meta';
import { dnsSubdomain } from '../names';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';

export type VolumeAttachment = ApiObject<PublishedAttachment>;

const volumeAttachmentResource: Resource<VolumeAttachment> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  shortNames: [],
  categories: [],
  namespaced: false,
};

const LONGEST_MESSAGE = 1024;
/** Of all keys and values that a driver leaves with an attachment; Kubernetes also names it where a message is too long. */
const MAX_METADATA_BYTES = 256 * 1024;

function validateSource(source: VolumeAttachmentSource | undefined, path: string): FieldError[] {
  const { persistentVolumeName: name, inlineVolumeSpec } = source ?? {};
  const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (name === undefined && inlineVolumeSpec === undefined) return [required(path, detail)];
  if (name !== undefined && inlineVolumeSpec !== undefined) return [forbidden(path, detail)];
  if (name === undefined) return [];
  const field = `${path}.persistentVolumeName`;
  return name ? follows(dnsSubdomain, name, field) : [required(field, 'must specify non empty persistentVolumeName')];
}

function validateVolumeError(error: VolumeError | undefined, path: string): FieldError[] {
  const isTooLong = Buffer.byteLength(error?.message ?? '') > LONGEST_MESSAGE;
  return isTooLong ? [tooLong(`${path}.message`, MAX_METADATA_BYTES)] : [];
}

function validateAttachedMetadata(metadata: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  const bytes = Object.entries(metadata ?? {}).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0);
  return bytes > MAX_METADATA_BYTES ? [tooLong(path, MAX_METADATA_BYTES)] : [];
}

/** Row of the table: VolumeAttachment. */
export const volumeAttachmentKind = /* @__PURE__ */ defineKind<VolumeAttachment>({
  resource: volumeAttachmentResource,
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  updateNeedsVersion: true,
  hasStatus: true,
  columns: () => [
    nameColumn,
    column('Attacher', 'string', 'The driver that attaches the volume.', ({ spec }) => spec?.attacher ?? ''),
    column('PV', 'string', 'The volume.', ({ spec }) => spec?.source?.persistentVolumeName ?? ''),
    column('Node', 'string', 'The node it is attached to.', ({ spec }) => spec?.nodeName ?? ''),
    column('Attached', 'boolean', 'Whether it is attached.', ({ status }) => status?.attached ?? false),
    ageColumn,
  ],
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  validate: ({ spec }) => [
    ...validateDriverName(spec?.attacher, 'spec.attacher'),
    ...validateSource(spec?.source, 'spec.source'),
    ...follows(dnsSubdomain, spec?.nodeName, 'spec.nodeName'),
  ],
  validateUpdate: ({ spec }, old) => immutable(spec, old.spec, 'spec'),
  validateStatusUpdate: ({ status }) => [
    ...validateAttachedMetadata(status?.attachmentMetadata, 'status.attachmentMetadata'),
    ...validateVolumeError(status?.attachError, 'status.attachError'),
    ...validateVolumeError(status?.detachError, 'status.detachError'),
  ],
});
