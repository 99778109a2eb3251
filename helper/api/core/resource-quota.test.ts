import { rulesOf } from '../kind-rules.fixture';
import { resourceQuotaKind } from './resource-quota';

describe('ResourceQuota', () => {
  const rules = rulesOf(resourceQuotaKind, 'resource-quota');

  rules.fillsIn([[{ 'spec/hard': { cpu: '0.5', memory: '1024Mi' } }, { 'spec/hard': { cpu: '500m', memory: '1Gi' } }]]);

  rules.refuses([
    [{ 'spec/hard': { cpu: '-1' } }, 'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    [
      { 'spec/hard': { 'no such thing': '1' } },
      "spec.hard[no such thing]: Invalid value: \"no such thing\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.hard[no such thing]: Invalid value: "no such thing": must be a standard resource for quotas',
    ],
    [{ 'spec/hard': { pods: '1.5' } }, 'spec.hard[pods]: Invalid value: "1500m": must be an integer'],
    [
      { 'spec/hard': { storage: '1' } },
      'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quotas',
    ],
    [{ 'spec/scopes': ['Everything'] }, 'spec.scopes: Invalid value: ["Everything"]: unsupported scope'],
    [
      { 'spec/hard': { 'requests.cpu': '1' }, 'spec/scopes': ['BestEffort'] },
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ],
    [
      { 'spec/hard': { pods: '1' }, 'spec/scopes': ['Terminating', 'NotTerminating'] },
      'spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes',
    ],
    [
      { 'spec/hard': { pods: '1' }, 'spec/scopes': ['BestEffort', 'NotBestEffort'] },
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ],
    [
      {
        'spec/hard': { pods: '1' },
        'spec/scopeSelector': { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] },
      },
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
    [
      {
        'spec/hard': { pods: '1' },
        'spec/scopeSelector': { matchExpressions: [{ scopeName: 'BestEffort', operator: 'In', values: ['x'] }] },
      },
      'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exist\' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity',
    ],
    [
      {
        'spec/hard': { pods: '1' },
        'spec/scopeSelector': { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Near', values: ['x'] }] },
      },
      'spec.scopeSelector.matchExpressions.operator: Invalid value: "Near": not a valid selector operator',
    ],
  ]);

  rules.accepts([
    { 'spec/hard': { pods: '0' } },
    { 'spec/hard': { pods: '1' }, 'spec/scopes': ['BestEffort'] },
    { 'spec/hard': { 'requests.nvidia.com/gpu': '4' } },
    { 'spec/hard': { 'gold.storageclass.storage.k8s.io/requests.storage': '1Gi' } },
    {
      'spec/hard': { pods: '1' },
      'spec/scopeSelector': { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
    },
    {
      'spec/hard': { pods: '1' },
      'spec/scopeSelector': { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists' }] },
    },
    { spec: {} },
    { 'spec/hard': { 'count/widgets.example.com': '3' } },
  ]);

  rules.refusesChanges([
    [{ 'spec/scopes': ['NotBestEffort'] }, 'spec.scopes: Invalid value: ["NotBestEffort"]: field is immutable'],
  ]);

  rules.acceptsChanges([{ 'spec/hard/pods': '21' }]);

  rules.refusesStatus([
    [{ status: { hard: { cpu: '-1' } } }, 'status.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    [
      { status: { hard: { pods: '1' }, used: { pods: '-1' } } },
      'status.used[pods]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ]);
});
