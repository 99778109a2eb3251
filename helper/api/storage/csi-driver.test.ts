import { rulesOf } from '../kind-rules.fixture';
import { csiDriverKind } from './csi-driver';

describe('CSIDriver', () => {
  const rules = rulesOf(csiDriverKind, 'csi-driver');

  rules.fillsIn([
    [
      { spec: {} },
      {
        'spec/attachRequired': true,
        'spec/podInfoOnMount': false,
        'spec/storageCapacity': false,
        'spec/fsGroupPolicy': 'ReadWriteOnceWithFSType',
        'spec/volumeLifecycleModes': ['Persistent'],
        'spec/requiresRepublish': false,
        'spec/seLinuxMount': false,
      },
    ],
  ]);

  rules.refuses([
    [
      { 'spec/fsGroupPolicy': 'Maybe' },
      'spec.fsGroupPolicy: Unsupported value: "Maybe": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ],
    [
      { 'spec/volumeLifecycleModes': ['Forever'] },
      'spec.volumeLifecycleModes: Unsupported value: "Forever": supported values: "Persistent", "Ephemeral"',
    ],
    [
      { 'spec/tokenRequests': [{ audience: 'a' }, { audience: 'a', expirationSeconds: 1 }] },
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
    ],
    [
      { 'spec/tokenRequests': [{ audience: 'a', expirationSeconds: 10 }] },
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
    ],
  ]);

  rules.refusesChanges([
    [{ 'spec/attachRequired': true }, 'spec.attachedRequired: Invalid value: true: field is immutable'],
    [
      { 'spec/volumeLifecycleModes': ['Persistent'] },
      'spec.volumeLifecycleModes: Invalid value: ["Persistent"]: field is immutable',
    ],
  ]);

  rules.acceptsChanges([
    { 'spec/podInfoOnMount': false },
    { 'spec/storageCapacity': true },
    { 'spec/fsGroupPolicy': 'File' },
  ]);
});
