import { rulesOf } from '../kind-rules.fixture';
import { storageClassKind } from './storage-class';

describe('StorageClass', () => {
  const rules = rulesOf(storageClassKind, 'storage-class');

  rules.fillsIn([[{ volumeBindingMode: undefined }, { volumeBindingMode: 'Immediate', reclaimPolicy: 'Delete' }]]);

  rules.refuses([
    [{ provisioner: '' }, 'provisioner: Required value'],
    [
      { provisioner: 'not a name' },
      "provisioner: Invalid value: \"not a name\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [{ reclaimPolicy: 'Recycle' }, 'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
    [
      { volumeBindingMode: 'Later' },
      'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
    [{ parameters: { '': 'x' } }, 'parameters: Invalid value: "": field can not be empty.'],
    [
      { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: [] }] }] },
      'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
    ],
    [
      {
        allowedTopologies: [
          {
            matchLabelExpressions: [
              { key: 'zone', values: ['a', 'a'] },
              { key: 'zone', values: ['b'] },
            ],
          },
        ],
      },
      'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
      'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "zone"',
    ],
  ]);

  const zones = (...values: string[]) => ({ matchLabelExpressions: [{ key: 'zone', values }] });
  rules.refuses([
    [
      { allowedTopologies: [zones('a', 'b'), zones('b', 'a')] },
      'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
    ],
  ]);

  rules.accepts([
    { provisioner: 'Example.com/Disk' },
    { allowVolumeExpansion: true, mountOptions: ['ro'] },
    { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }] },
  ]);

  rules.refusesChanges([
    [{ parameters: { a: 'b' } }, 'parameters: Forbidden: updates to parameters are forbidden.'],
    [{ provisioner: 'example.com/x' }, 'provisioner: Forbidden: updates to provisioner are forbidden.'],
    [{ reclaimPolicy: 'Retain' }, 'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.'],
    [{ volumeBindingMode: 'Immediate' }, 'volumeBindingMode: Invalid value: "Immediate": field is immutable'],
  ]);

  rules.acceptsChanges([{ allowVolumeExpansion: true }]);
});
