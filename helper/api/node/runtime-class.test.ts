import { rulesOf } from '../kind-rules.fixture';
import { runtimeClassKind } from './runtime-class';

describe('RuntimeClass', () => {
  const rules = rulesOf(runtimeClassKind, 'runtime-class');

  rules.refuses([
    [
      { handler: undefined },
      "handler: Invalid value: \"\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      { handler: 'Not_A_Label' },
      "handler: Invalid value: \"Not_A_Label\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      { 'overhead/podFixed': { cpu: '-1' } },
      'overhead.podFixed[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      { 'scheduling/nodeSelector': { 'a b': 'c' } },
      "scheduling.nodeSelector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      { 'scheduling/tolerations': [{ operator: 'Exists', value: 'x' }] },
      'scheduling.tolerations[0].operator: Invalid value: {"operator":"Exists","value":"x"}: value must be empty when `operator` is \'Exists\'',
    ],
    [
      {
        'scheduling/tolerations': [
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'Exists' },
        ],
      },
      'scheduling.tolerations[1]: Duplicate value: {"key":"a","operator":"Exists"}',
    ],
  ]);

  rules.accepts([{ overhead: undefined, scheduling: undefined }]);

  rules.refusesChanges([[{ handler: 'runc' }, 'handler: Invalid value: "runc": field is immutable']]);

  rules.acceptsChanges([{ 'overhead/podFixed/cpu': '1' }]);
});
