import { rulesOf } from '../kind-rules.fixture';
import { csiNodeKind } from './csi-node';

describe('CSINode', () => {
  const rules = rulesOf(csiNodeKind, 'csi-node');

  rules.refuses([
    [{ 'spec/drivers/0/name': '' }, 'spec.drivers[0].name: Required value'],
    [{ 'spec/drivers/0/nodeID': '' }, 'spec.drivers[0].nodeID: Required value'],
    [
      { 'spec/drivers/0/nodeID': 'x'.repeat(193) },
      'spec.drivers[0].nodeID: Invalid value: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be 192 characters or less',
    ],
    [{ 'spec/drivers/0/topologyKeys': ['a', 'a'] }, 'spec.drivers[0]: Duplicate value: "a"'],
    [
      { 'spec/drivers/0/topologyKeys': [''] },
      'spec.drivers[0]: Required value',
      'spec.drivers[0]: Invalid value: "": name part must be non-empty',
      "spec.drivers[0]: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      { 'spec/drivers/0/allocatable/count': -1 },
      'spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { 'spec/drivers/1': { name: 'csi.example.com', nodeID: 'n' } },
      'spec.drivers[1].name: Duplicate value: "csi.example.com"',
    ],
  ]);

  rules.accepts([{ 'spec/drivers': [] }]);

  rules.refusesChanges([
    [
      { 'spec/drivers/0/nodeID': 'other' },
      'spec.drivers: Invalid value: {"name":"csi.example.com","nodeID":"other","topologyKeys":["topology.example.com/zone"],"allocatable":{"count":16}}: field is immutable',
    ],
  ]);

  rules.acceptsChanges([{ 'spec/drivers': [] }, { 'spec/drivers/1': { name: 'd.example.com', nodeID: 'n' } }]);
});
