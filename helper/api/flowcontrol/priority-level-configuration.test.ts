import { rulesOf } from '../kind-rules.fixture';
import { priorityLevelConfigurationKind } from './priority-level-configuration';

describe('PriorityLevelConfiguration', () => {
  const rules = rulesOf(priorityLevelConfigurationKind, 'priority-level-configuration');

  rules.fillsIn([
    [
      { 'spec/limited/nominalConcurrencyShares': undefined, 'spec/limited/limitResponse/queuing': {} },
      {
        'spec/limited/nominalConcurrencyShares': 30,
        'spec/limited/lendablePercent': 0,
        'spec/limited/limitResponse/queuing': { queues: 64, handSize: 8, queueLengthLimit: 50 },
      },
    ],
  ]);

  const LIMITED =
    '{"nominalConcurrencyShares":10,"limitResponse":{"type":"Queue","queuing":{"queues":16,"handSize":4,"queueLengthLimit":50}},"lendablePercent":0}';
  const fixed = (type: string) =>
    `spec: Invalid value: {"type":"${type}","limited":${LIMITED}}: spec of 'exempt' except the 'spec.exempt' field must equal the fixed value`;

  rules.refuses([
    [{ 'spec/type': 'Other' }, 'spec.type: Unsupported value: "Other": supported values: "Exempt", "Limited"'],
    [{ 'spec/limited': undefined }, 'spec.limited: Required value: must not be empty when type is Limited'],
    [
      { 'metadata/name': 'exempt', 'spec/type': 'Exempt' },
      'spec.limited: Forbidden: must be nil if the type is not Limited',
      fixed('Exempt'),
    ],
    [{ 'spec/exempt': {} }, 'spec.exempt: Forbidden: must be nil if the type is Limited'],
    [
      { 'spec/limited/nominalConcurrencyShares': -1 },
      'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
    ],
    [
      { 'metadata/name': 'exempt' },
      "spec.type: Invalid value: \"Limited\": type must be 'Exempt' if and only if name is 'exempt'",
      fixed('Limited'),
    ],
    [
      { 'spec/limited/lendablePercent': 101 },
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
    ],
    [
      { 'spec/limited/limitResponse': { type: 'Reject', queuing: {} } },
      'spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited',
    ],
    [
      { 'spec/limited/limitResponse': { type: 'Queue' } },
      'spec.limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited',
    ],
    [
      { 'spec/limited/limitResponse': { type: 'Wait' } },
      'spec.limited.limitResponse.type: Unsupported value: "Wait": supported values: "Queue", "Reject"',
    ],
    [
      { 'spec/limited/limitResponse/queuing/handSize': 17 },
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 17: should not be greater than queues (16)',
    ],
    [
      { 'spec/limited/limitResponse/queuing': { queues: 1024, handSize: 10 } },
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 10: required entropy bits of deckSize 1024 and handSize 10 should not be greater than 60',
    ],
  ]);

  rules.accepts([
    { 'metadata/name': 'exempt', 'spec/limited': undefined, 'spec/type': 'Exempt', 'spec/exempt': {} },
    { 'spec/limited/limitResponse': { type: 'Reject' } },
  ]);
});
