import { rulesOf } from '../kind-rules.fixture';
import { csiStorageCapacityKind } from './csi-storage-capacity';

describe('CSIStorageCapacity', () => {
  const rules = rulesOf(csiStorageCapacityKind, 'csi-storage-capacity');

  rules.refuses([
    [
      { storageClassName: '' },
      "storageClassName: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { storageClassName: 'A' },
      "storageClassName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [{ capacity: '-1' }, 'capacity: Invalid value: "-1": must be greater than or equal to 0'],
    [
      { nodeTopology: { matchExpressions: [{ key: 'a', operator: 'Near' }] } },
      'nodeTopology.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
    ],
  ]);

  rules.refusesChanges([
    [{ storageClassName: 'x' }, 'storageClassName: Invalid value: "x": field is immutable'],
    [{ nodeTopology: {} }, 'nodeTopology: Invalid value: {}: field is immutable'],
  ]);

  rules.acceptsChanges([{ capacity: '1Gi' }]);
});
