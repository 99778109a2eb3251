import { rulesOf } from '../kind-rules.fixture';
import { statefulSetKind } from './stateful-set';

describe('StatefulSet', () => {
  const rules = rulesOf(statefulSetKind, 'stateful-set');

  rules.fillsIn([
    [
      { 'spec/replicas': undefined },
      {
        'spec/replicas': 1,
        'spec/podManagementPolicy': 'OrderedReady',
        'spec/revisionHistoryLimit': 10,
        'spec/updateStrategy': { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        'spec/persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Retain', whenScaled: 'Retain' },
      },
    ],
    [{ 'spec/updateStrategy': { type: 'OnDelete' } }, { 'spec/updateStrategy': { type: 'OnDelete' } }],
    [{}, { 'spec/volumeClaimTemplates/0/spec/volumeMode': 'Filesystem', 'metadata/generation': undefined }],
  ]);

  rules.refuses([
    [{ 'spec/replicas': -1 }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [{ 'spec/selector': undefined }, 'spec.selector: Required value'],
    [{ 'spec/selector': {} }, 'spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
    [
      { 'spec/selector': { matchLabels: { app: 'other' } } },
      'spec.template.metadata.labels: Invalid value: {"app":"store"}: `selector` does not match template `labels`',
    ],
    [
      { 'spec/podManagementPolicy': 'Sometimes' },
      "spec.podManagementPolicy: Invalid value: \"Sometimes\": must be 'OrderedReady' or 'Parallel'",
    ],
    [
      { 'spec/updateStrategy': { type: 'Later' } },
      'spec.updateStrategy: Invalid value: {"type":"Later"}: must be \'RollingUpdate\' or \'OnDelete\'',
    ],
    [
      { 'spec/updateStrategy': { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      'spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy \'RollingUpdate\'',
    ],
    [
      { 'spec/updateStrategy': { type: 'RollingUpdate', rollingUpdate: { partition: -1 } } },
      'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { 'spec/template/spec/restartPolicy': 'Never' },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      { 'spec/template/spec/activeDeadlineSeconds': 5 },
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
    ],
    [{ 'spec/minReadySeconds': -1 }, 'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0'],
    [
      { 'spec/persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Keep', whenScaled: 'Retain' } },
      'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": supported values: "Retain", "Delete"',
    ],
    [{ 'spec/ordinals': { start: -1 } }, 'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0'],
    [
      { 'metadata/name': 'UPPER' },
      "metadata.name: Invalid value: \"UPPER\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { 'spec/template': undefined },
      'spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ],
  ]);

  rules.accepts([
    { 'spec/replicas': 0 },
    { 'spec/ordinals': { start: 3 } },
    { 'spec/podManagementPolicy': 'Parallel' },
    { 'spec/persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Delete', whenScaled: 'Delete' } },
    { 'spec/updateStrategy': { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } } },
  ]);

  rules.refusesChanges([
    [
      { 'spec/revisionHistoryLimit': 3 },
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
    [
      { 'spec/serviceName': 'other' },
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
    [
      { 'spec/podManagementPolicy': 'Parallel' },
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
    [
      { 'spec/selector': { matchLabels: { app: 'store', x: 'y' } }, 'spec/template/metadata/labels/x': 'y' },
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
    [
      { 'spec/volumeClaimTemplates/0/spec/resources/requests/storage': '2Gi' },
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  ]);

  rules.acceptsChanges([
    { 'spec/replicas': 7 },
    { 'spec/template/spec/containers/0/image': 'busybox:2' },
    { 'spec/updateStrategy': { type: 'OnDelete' } },
    { 'spec/minReadySeconds': 5 },
    { 'spec/ordinals': { start: 1 } },
    { 'spec/persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Delete', whenScaled: 'Retain' } },
  ]);

  rules.refusesStatus([
    [
      { status: { replicas: -1 } },
      'status.replicas: Invalid value: -1: must be greater than or equal to 0',
      'status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas',
      'status.currentReplicas: Invalid value: 0: cannot be greater than status.replicas',
      'status.updatedReplicas: Invalid value: 0: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas',
    ],
    [
      { status: { replicas: 1, readyReplicas: 2 } },
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ],
    [
      { status: { replicas: 1, availableReplicas: 2, readyReplicas: 1 } },
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas',
    ],
    [
      { status: { replicas: 1, currentReplicas: -1 } },
      'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { status: { replicas: 1, collisionCount: -1 } },
      'status.collisionCount: Invalid value: -1: must be greater than or equal to 0',
    ],
  ]);
});
