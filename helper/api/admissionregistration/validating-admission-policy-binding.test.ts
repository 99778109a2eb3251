import { rulesOf } from '../kind-rules.fixture';
import { validatingAdmissionPolicyBindingKind } from './validating-admission-policy-binding';

describe('ValidatingAdmissionPolicyBinding', () => {
  const rules = rulesOf(validatingAdmissionPolicyBindingKind, 'validating-admission-policy-binding');

  rules.refuses([
    [{ 'spec/policyName': '' }, 'spec.policyName: Required value'],
    [
      { 'spec/policyName': 'A' },
      "spec.policyName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { 'spec/validationActions': [] },
      'spec.validationActions: Required value: at least one validation action is required',
    ],
    [
      { 'spec/validationActions': ['Deny', 'Warn'] },
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
    [{ 'spec/validationActions': ['Audit', 'Audit'] }, 'spec.validationActions[1]: Duplicate value: "Audit"'],
    [
      { 'spec/validationActions': ['Shout'] },
      'spec.validationActions[0]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"',
    ],
    [
      { 'spec/paramRef': {} },
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
    ],
    [
      { 'spec/paramRef': { name: 'a', selector: {}, parameterNotFoundAction: 'Deny' } },
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
    ],
    [
      { 'spec/paramRef': { name: 'a', parameterNotFoundAction: 'Panic' } },
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "Panic": supported values: "Deny", "Allow"',
    ],
  ]);

  rules.accepts([
    { 'spec/paramRef': { name: 'a', parameterNotFoundAction: 'Allow' } },
    { 'spec/validationActions': ['Warn', 'Audit'] },
    { 'spec/matchResources': undefined },
  ]);
});
