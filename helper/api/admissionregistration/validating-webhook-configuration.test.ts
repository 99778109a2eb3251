import { rulesOf } from '../kind-rules.fixture';
import { validatingWebhookConfigurationKind } from './validating-webhook-configuration';

describe('ValidatingWebhookConfiguration', () => {
  const rules = rulesOf(validatingWebhookConfigurationKind, 'validating-webhook-configuration');

  rules.fillsIn([
    [
      { 'webhooks/0/failurePolicy': undefined },
      {
        'webhooks/0/failurePolicy': 'Fail',
        'webhooks/0/matchPolicy': 'Equivalent',
        'webhooks/0/objectSelector': {},
        'webhooks/0/timeoutSeconds': 10,
        'webhooks/0/clientConfig/service/port': 443,
        'webhooks/0/rules/0/scope': '*',
        'webhooks/0/reinvocationPolicy': undefined,
      },
    ],
  ]);

  rules.refuses([
    [
      { 'webhooks/0/name': 'short' },
      'webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated by dots',
    ],
    [{ 'webhooks/0/name': '' }, 'webhooks[0].name: Required value'],
    [
      { 'webhooks/0/sideEffects': undefined },
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
    ],
    [
      { 'webhooks/0/sideEffects': 'Some' },
      'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
    ],
    [
      { 'webhooks/0/admissionReviewVersions': [] },
      'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
    ],
    [
      { 'webhooks/0/admissionReviewVersions': ['v9'] },
      'webhooks[0].admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
    ],
    [
      { 'webhooks/0/admissionReviewVersions': ['v1', 'v1'] },
      'webhooks[0].admissionReviewVersions[1]: Invalid value: "v1": duplicate version',
    ],
    [
      { 'webhooks/0/failurePolicy': 'Shrug' },
      'webhooks[0].failurePolicy: Unsupported value: "Shrug": supported values: "Fail", "Ignore"',
    ],
    [
      { 'webhooks/0/matchPolicy': 'Similar' },
      'webhooks[0].matchPolicy: Unsupported value: "Similar": supported values: "Equivalent", "Exact"',
    ],
    [
      { 'webhooks/0/timeoutSeconds': 31 },
      'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
    ],
    [
      { 'webhooks/0/timeoutSeconds': 0 },
      'webhooks[0].timeoutSeconds: Invalid value: 0: the timeout value must be between 1 and 30 seconds',
    ],
    [
      { 'webhooks/0/clientConfig': {} },
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
    ],
    [
      { 'webhooks/0/clientConfig': { url: 'http://x.example.com/' } },
      'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    ],
    [
      { 'webhooks/0/clientConfig': { url: 'https://u:p@x.example.com/?a=b' } },
      'webhooks[0].clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL',
    ],
    [
      { 'webhooks/0/clientConfig/service/name': '' },
      'webhooks[0].clientConfig.service.name: Required value: service name is required',
    ],
    [
      { 'webhooks/0/clientConfig/service/path': 'x' },
      'webhooks[0].clientConfig.service.path: Invalid value: "x": must start with a \'/\'',
    ],
    [
      { 'webhooks/0/clientConfig/service/port': 0 },
      'webhooks[0].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
    ],
    [{ 'webhooks/0/rules/0/operations': [] }, 'webhooks[0].rules[0].operations: Required value'],
    [
      { 'webhooks/0/rules/0/operations': ['*', 'CREATE'] },
      'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
    ],
    [
      { 'webhooks/0/rules/0/operations': ['READ'] },
      'webhooks[0].rules[0].operations[0]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
    ],
    [
      { 'webhooks/0/rules/0/apiGroups': ['*', 'apps'] },
      'webhooks[0].rules[0].apiGroups: Invalid value: ["*","apps"]: if \'*\' is present, must not specify other API groups',
    ],
    [{ 'webhooks/0/rules/0/apiVersions': [''] }, 'webhooks[0].rules[0].apiVersions[0]: Required value'],
    [
      { 'webhooks/0/rules/0/resources': ['*/*', 'pods'] },
      'webhooks[0].rules[0].resources: Invalid value: ["*/*","pods"]: if \'*/*\' is present, must not specify other resources',
    ],
    [
      { 'webhooks/0/rules/0/resources': ['pods/*', 'pods/log'] },
      'webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if \'pods/*\' is present, must not specify pods/log',
    ],
    [
      { 'webhooks/0/rules/0/resources': ['*', 'pods'] },
      'webhooks[0].rules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without subresources',
    ],
    [
      { 'webhooks/0/rules/0/scope': 'World' },
      'webhooks[0].rules[0].scope: Unsupported value: "World": supported values: "*", "Cluster", "Namespaced"',
    ],
    [
      { 'webhooks/0/namespaceSelector': { matchLabels: { 'a b': 'c' } } },
      "webhooks[0].namespaceSelector.matchLabels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      { 'webhooks/0/matchConditions': [{ name: '', expression: '' }] },
      'webhooks[0].matchConditions[0].expression: Required value',
      'webhooks[0].matchConditions[0].name: Required value',
    ],
    [
      {
        'webhooks/0/matchConditions': [
          { name: 'a', expression: 'true' },
          { name: 'a', expression: 'true' },
        ],
      },
      'webhooks[0].matchConditions[1].name: Duplicate value: "a"',
    ],
  ]);

  rules.accepts([
    { webhooks: [] },
    { 'webhooks/0/clientConfig': { url: 'https://x.example.com/y' } },
    { 'webhooks/0/rules/0/resources': ['*', 'pods/status'] },
    { 'webhooks/0/rules/0/apiGroups': ['*'] },
    { 'webhooks/0/matchConditions': [{ name: 'a', expression: 'true' }] },
  ]);
});
