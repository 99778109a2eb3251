import { rulesOf } from '../kind-rules.fixture';
import { persistentVolumeClaimKind } from './persistent-volume-claim';

describe('PersistentVolumeClaim', () => {
  const rules = rulesOf(persistentVolumeClaimKind, 'persistent-volume-claim');

  rules.fillsIn([
    [{}, { 'spec/volumeMode': 'Filesystem', 'status/phase': 'Pending' }],
    [
      { 'spec/dataSource': { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' } },
      { 'spec/dataSourceRef': { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' } },
    ],
  ]);

  rules.refuses([
    [{ 'spec/accessModes': [] }, 'spec.accessModes: Required value: at least 1 access mode is required'],
    [
      { 'spec/accessModes': ['X'] },
      'spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [{ 'spec/resources': {} }, 'spec.resources[storage]: Required value'],
    [
      { 'spec/resources': { requests: { storage: '-1Gi' } } },
      'spec.resources[storage]: Invalid value: "-1Gi": must be greater than or equal to 0',
    ],
    [
      { 'spec/resources': { requests: { storage: '0' } } },
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ],
    [
      { 'spec/volumeMode': 'Cloud' },
      'spec.volumeMode: Unsupported value: "Cloud": supported values: "Block", "Filesystem"',
    ],
    [
      { 'spec/selector': { matchExpressions: [{ key: 'a', operator: 'Like' }] } },
      'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
    ],
    [
      { 'spec/storageClassName': 'Bad_Class' },
      "spec.storageClassName: Invalid value: \"Bad_Class\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { 'spec/dataSource': { kind: 'VolumeSnapshot' } },
      'spec.dataSource.name: Required value',
      'spec.dataSource: Invalid value: "VolumeSnapshot": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
      'spec.dataSourceRef.name: Required value',
      'spec.dataSourceRef: Invalid value: "VolumeSnapshot": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
    ],
    [
      { 'spec/dataSource': { kind: 'VolumeSnapshot', name: 'x' } },
      'spec.dataSource: Invalid value: "VolumeSnapshot": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
      'spec.dataSourceRef: Invalid value: "VolumeSnapshot": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
    ],
  ]);

  rules.accepts([
    { 'spec/storageClassName': '' },
    { 'spec/storageClassName': undefined },
    { 'spec/dataSource': { kind: 'PersistentVolumeClaim', name: 'x' } },
  ]);

  rules.refusesChanges([
    [
      { 'spec/accessModes': ['ReadOnlyMany'] },
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ],
    [
      { 'spec/storageClassName': 'other' },
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ],
    [
      { 'spec/resources/requests/storage': '500Mi' },
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ],
    [{ 'spec/volumeMode': 'Block' }, 'spec.volumeMode: Invalid value: "Block": field is immutable'],
    [
      { 'spec/resources/requests/storage': '2Gi' },
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ],
  ]);

  rules.acceptsChanges([{ 'metadata/labels': { a: 'b' } }, { 'spec/volumeName': 'shelf' }]);
});
