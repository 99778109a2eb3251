import { rulesOf } from '../kind-rules.fixture';
import { priorityClassKind } from './priority-class';

describe('PriorityClass', () => {
  const rules = rulesOf(priorityClassKind, 'priority-class');

  rules.fillsIn([[{ value: undefined }, { value: 0, preemptionPolicy: 'PreemptLowerPriority' }]]);

  rules.refuses([
    [{ value: 1000000001 }, 'value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    [
      { 'metadata/name': 'system-mine' },
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
    ],
    [
      { preemptionPolicy: 'Always' },
      'preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"',
    ],
    [
      { 'metadata/name': 'system-node-critical', value: 1 },
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000",
    ],
    [{ 'metadata/namespace': 'x' }, 'metadata.namespace: Forbidden: not allowed on this type'],
  ]);

  rules.accepts([
    { value: -5 },
    { value: 1000000000, globalDefault: true },
    { preemptionPolicy: 'Never' },
    { 'metadata/name': 'system-node-critical', value: 2000001000 },
  ]);

  rules.refusesChanges([
    [{ value: 5 }, 'value: Forbidden: may not be changed in an update.'],
    [{ preemptionPolicy: 'Never' }, 'preemptionPolicy: Invalid value: "Never": field is immutable'],
  ]);

  rules.acceptsChanges([{ description: 'x' }, { globalDefault: true }]);
});
