import { rulesOf } from '../kind-rules.fixture';
import { apiServiceKind } from './api-service';

describe('APIService', () => {
  const rules = rulesOf(apiServiceKind, 'api-service');

  rules.fillsIn([[{}, { 'spec/service/port': 443, status: {} }]]);

  rules.refuses([
    [
      { 'metadata/name': 'other' },
      'metadata.name: Invalid value: "other": must be `spec.version+"."+spec.group`: "v1.metrics.example.com"',
    ],
    [
      { 'spec/groupPriorityMinimum': 0 },
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
    ],
    [
      { 'spec/groupPriorityMinimum': 20001 },
      'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
    ],
    [
      { 'spec/versionPriority': 1001 },
      'spec.versionPriority: Invalid value: 1001: must be positive and less than 1000',
    ],
    [{ 'spec/service/name': '' }, 'spec.service.name: Required value'],
    [
      { 'spec/service/port': 70000 },
      'spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
    ],
    [
      { 'spec/caBundle': 'eA==' },
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
    [
      { 'spec/service': undefined },
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
    [
      { 'spec/service': undefined, 'spec/insecureSkipTLSVerify': undefined, 'spec/caBundle': 'eA==' },
      'spec.caBundle: Invalid value: "1 bytes": local APIServices may not have a caBundle',
    ],
  ]);

  rules.accepts([
    { 'spec/group': '', 'metadata/name': 'v1.' },
    { 'spec/service': undefined, 'spec/insecureSkipTLSVerify': undefined },
    { 'spec/insecureSkipTLSVerify': undefined, 'spec/caBundle': 'eA==' },
  ]);
});
