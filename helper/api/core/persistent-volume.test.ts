import { rulesOf } from '../kind-rules.fixture';
import { persistentVolumeKind } from './persistent-volume';

describe('PersistentVolume', () => {
  const rules = rulesOf(persistentVolumeKind, 'persistent-volume');

  rules.fillsIn([
    [
      { 'spec/persistentVolumeReclaimPolicy': undefined },
      {
        'spec/persistentVolumeReclaimPolicy': 'Retain',
        'spec/volumeMode': 'Filesystem',
        'spec/hostPath/type': '',
        'status/phase': 'Pending',
      },
    ],
  ]);

  rules.refuses([
    [{ 'spec/accessModes': [] }, 'spec.accessModes: Required value'],
    [
      { 'spec/accessModes': ['Sometimes'] },
      'spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [
      { 'spec/accessModes': ['ReadWriteOncePod', 'ReadWriteOnce'] },
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
    [
      { 'spec/capacity': undefined },
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: {}: supported values: "storage"',
    ],
    [
      { 'spec/capacity': { storage: '-1' } },
      'spec.capacity[storage]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [{ 'spec/capacity': { cpu: '1' } }, 'spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"'],
    [{ 'spec/hostPath': undefined }, 'spec: Required value: must specify a volume type'],
    [{ 'spec/nfs': { server: 's', path: '/x' } }, 'spec.nfs: Forbidden: may not specify more than 1 volume type'],
    [
      { 'spec/persistentVolumeReclaimPolicy': 'Burn' },
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
    ],
    [
      { 'spec/volumeMode': 'Tape' },
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ],
    [
      { 'spec/storageClassName': 'UPPER' },
      "spec.storageClassName: Invalid value: \"UPPER\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [{ 'spec/nodeAffinity': {} }, 'spec.nodeAffinity.required: Required value: must specify required node constraints'],
    [{ 'spec/hostPath': { path: '../x' } }, 'spec.hostPath.path: Invalid value: "../x": must not contain \'..\''],
    [
      { 'spec/hostPath': { path: '/' }, 'spec/persistentVolumeReclaimPolicy': 'Recycle' },
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
    [
      { 'spec/hostPath': undefined, 'spec/local': { path: '/x' } },
      'metadata.annotations: Required value: Local volume requires node affinity',
    ],
    [{ 'spec/hostPath': undefined, 'spec/csi': { driver: 'd' } }, 'spec.csi.volumeHandle: Required value'],
  ]);

  rules.accepts([
    { 'spec/hostPath': undefined, 'spec/nfs': { server: 's', path: '/x' } },
    { 'spec/volumeMode': 'Block' },
    { 'spec/hostPath': undefined, 'spec/csi': { driver: 'd.example.com', volumeHandle: 'h' } },
  ]);

  rules.refusesChanges([
    [
      { 'spec/hostPath/path': '/other' },
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
    ],
    [{ 'spec/volumeMode': 'Block' }, 'spec.volumeMode: Invalid value: "Block": field is immutable'],
  ]);

  rules.acceptsChanges([
    { 'spec/capacity/storage': '2Gi' },
    { 'spec/persistentVolumeReclaimPolicy': 'Delete' },
    { 'spec/claimRef': { namespace: 'a', name: 'b' } },
  ]);
});
