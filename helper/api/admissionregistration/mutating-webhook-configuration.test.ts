import { rulesOf } from '../kind-rules.fixture';
import { mutatingWebhookConfigurationKind } from './mutating-webhook-configuration';

describe('MutatingWebhookConfiguration', () => {
  const rules = rulesOf(mutatingWebhookConfigurationKind, 'mutating-webhook-configuration');

  rules.fillsIn([[{}, { 'webhooks/0/reinvocationPolicy': 'Never', 'webhooks/0/failurePolicy': 'Ignore' }]]);

  rules.refuses([
    [
      { 'webhooks/0/reinvocationPolicy': 'Often' },
      'webhooks[0].reinvocationPolicy: Unsupported value: "Often": supported values: "IfNeeded", "Never"',
    ],
  ]);

  rules.accepts([{ 'webhooks/0/reinvocationPolicy': 'IfNeeded' }]);
});
