import { rulesOf } from '../kind-rules.fixture';
import { replicationControllerKind } from './replication-controller';

describe('ReplicationController', () => {
  const rules = rulesOf(replicationControllerKind, 'replication-controller');

  rules.fillsIn([
    [
      { 'spec/replicas': undefined, 'spec/selector': undefined },
      { 'spec/replicas': 1, 'spec/selector': { app: 'web-rc' }, 'metadata/labels': { app: 'web-rc' } },
    ],
    [{ 'metadata/labels': { own: 'x' } }, { 'metadata/labels': { own: 'x' } }],
  ]);

  rules.refuses([
    [{ 'spec/replicas': -1 }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [
      { 'spec/selector': { app: 'x' } },
      'spec.template.metadata.labels: Invalid value: {"app":"web-rc"}: `selector` does not match template `labels`',
    ],
    [{ 'spec/template': undefined }, 'spec.template: Required value'],
    [
      { 'spec/template/spec/restartPolicy': 'Never' },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [{ 'spec/minReadySeconds': -1 }, 'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0'],
    [{ 'spec/template/metadata/labels': undefined, 'spec/selector': undefined }, 'spec.selector: Required value'],
    [
      { 'metadata/labels': { 'no space allowed': 'x' } },
      "metadata.labels: Invalid value: \"no space allowed\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ]);

  rules.acceptsChanges([
    { 'spec/replicas': 0 },
    { 'spec/selector': { app: 'web-rc', v: '1' }, 'spec/template/metadata/labels/v': '1' },
  ]);

  rules.refusesStatus([
    [
      { status: { replicas: -1 } },
      'status.replicas: Invalid value: -1: must be greater than or equal to 0',
      'status.fullyLabeledReplicas: Invalid value: 0: cannot be greater than status.replicas',
      'status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas',
    ],
    [
      { status: { replicas: 1, readyReplicas: 2 } },
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ],
    [
      { status: { replicas: 3, availableReplicas: 3, readyReplicas: 2 } },
      'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
    ],
    [
      { status: { replicas: 1, fullyLabeledReplicas: 4 } },
      'status.fullyLabeledReplicas: Invalid value: 4: cannot be greater than status.replicas',
    ],
  ]);
});
