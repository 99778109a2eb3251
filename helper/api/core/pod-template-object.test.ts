import { rulesOf } from '../kind-rules.fixture';
import { podTemplateKind } from './pod-template-object';

describe('PodTemplate', () => {
  const rules = rulesOf(podTemplateKind, 'pod-template');

  rules.fillsIn([[{}, { 'template/spec/restartPolicy': 'Always', 'template/spec/dnsPolicy': 'ClusterFirst' }]]);

  rules.refuses([
    [{ 'template/spec/containers': [] }, 'template.spec.containers: Required value'],
    [
      { 'template/metadata/labels': { a: 'not valid!' } },
      "template.labels: Invalid value: \"not valid!\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    [
      { 'template/spec/restartPolicy': 'Maybe' },
      'template.spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"',
    ],
  ]);

  rules.accepts([{ 'template/spec/restartPolicy': 'Never' }]);

  rules.acceptsChanges([{ 'template/spec/containers/0/image': 'y' }]);
});
