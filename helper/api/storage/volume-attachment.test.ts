import { rulesOf } from '../kind-rules.fixture';
import { volumeAttachmentKind } from './volume-attachment';

describe('VolumeAttachment', () => {
  const rules = rulesOf(volumeAttachmentKind, 'volume-attachment');

  rules.refuses([
    [{ 'spec/attacher': '' }, 'spec.attacher: Required value'],
    [
      { 'spec/attacher': 'a b' },
      "spec.attacher: Invalid value: \"a b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { 'spec/source': {} },
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
    [
      { 'spec/source/persistentVolumeName': '' },
      'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
    ],
    [
      { 'spec/nodeName': '' },
      "spec.nodeName: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { 'spec/source/inlineVolumeSpec': {} },
      'spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
  ]);

  rules.refusesChanges([
    [
      { 'spec/nodeName': 'node-2' },
      'spec: Invalid value: {"attacher":"csi.example.com","nodeName":"node-2","source":{"persistentVolumeName":"data"}}: field is immutable',
    ],
  ]);

  rules.acceptsChanges([{ 'metadata/annotations': { a: 'b' } }]);

  rules.refusesStatus([
    [
      { status: { attached: true, attachmentMetadata: { key: 'x'.repeat(256 * 1024) } } },
      'status.attachmentMetadata: Too long: may not be more than 262144 bytes',
    ],
    [
      { status: { attached: true, attachError: { message: 'x'.repeat(1025) } } },
      'status.attachError.message: Too long: may not be more than 262144 bytes',
    ],
  ]);
});
