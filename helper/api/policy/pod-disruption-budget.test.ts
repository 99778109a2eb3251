import { rulesOf } from '../kind-rules.fixture';
import { podDisruptionBudgetKind } from './pod-disruption-budget';

describe('PodDisruptionBudget', () => {
  const rules = rulesOf(podDisruptionBudgetKind, 'pod-disruption-budget');

  rules.refuses([
    [{ 'spec/minAvailable': -1 }, 'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    [
      { 'spec/minAvailable': 'half' },
      'spec.minAvailable: Invalid value: "half": must be an integer or percentage (e.g \'5%\')',
    ],
    [{ 'spec/minAvailable': '120%' }, 'spec.minAvailable: Invalid value: "120%": must not be greater than 100%'],
    [
      { 'spec/maxUnavailable': 1 },
      'spec: Invalid value: {"minAvailable":2,"selector":{"matchLabels":{"app":"web"}},"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    ],
    [
      { 'spec/selector': { matchExpressions: [{ key: '', operator: 'In' }] } },
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      'spec.selector.matchExpressions[0].key: Invalid value: "": name part must be non-empty',
      "spec.selector.matchExpressions[0].key: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      { 'spec/unhealthyPodEvictionPolicy': 'Never' },
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
    [
      { 'spec/minAvailable': undefined, 'spec/maxUnavailable': -2 },
      'spec.maxUnavailable: Invalid value: -2: must be greater than or equal to 0',
    ],
  ]);

  rules.accepts([
    { 'spec/minAvailable': '50%' },
    { 'spec/minAvailable': undefined, 'spec/maxUnavailable': 1 },
    { 'spec/unhealthyPodEvictionPolicy': 'AlwaysAllow' },
    { 'spec/selector': {} },
    { 'spec/minAvailable': undefined },
  ]);

  rules.acceptsChanges([{ 'spec/minAvailable': 3 }, { 'spec/selector': { matchLabels: { a: 'b' } } }]);

  rules.refusesStatus([
    [
      { status: { disruptionsAllowed: -1, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } },
      'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { status: { disruptionsAllowed: 0, currentHealthy: -1, desiredHealthy: -1, expectedPods: -1 } },
      'status.currentHealthy: Invalid value: -1: must be greater than or equal to 0',
      'status.desiredHealthy: Invalid value: -1: must be greater than or equal to 0',
      'status.expectedPods: Invalid value: -1: must be greater than or equal to 0',
    ],
  ]);
});
