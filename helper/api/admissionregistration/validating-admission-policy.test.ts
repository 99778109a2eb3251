import { rulesOf } from '../kind-rules.fixture';
import { validatingAdmissionPolicyKind } from './validating-admission-policy';

describe('ValidatingAdmissionPolicy', () => {
  const rules = rulesOf(validatingAdmissionPolicyKind, 'validating-admission-policy');

  rules.fillsIn([
    [
      { 'spec/failurePolicy': undefined },
      {
        'spec/failurePolicy': 'Fail',
        'spec/matchConstraints/matchPolicy': 'Equivalent',
        'spec/matchConstraints/namespaceSelector': {},
        'spec/matchConstraints/objectSelector': {},
        'spec/matchConstraints/resourceRules/0/scope': '*',
      },
    ],
  ]);

  rules.refuses([
    [{ 'spec/failurePolicy': 'No' }, 'spec.failurePolicy: Unsupported value: "No": supported values: "Fail", "Ignore"'],
    [{ 'spec/matchConstraints': undefined }, 'spec.matchConstraints: Required value'],
    [{ 'spec/matchConstraints/resourceRules': [] }, 'spec.matchConstraints.resourceRules: Required value'],
    [
      { 'spec/validations': [] },
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ],
    [
      { 'spec/validations/0/expression': ' ' },
      'spec.validations[0].expression: Required value: expression is not specified',
    ],
    [
      { 'spec/validations/0/reason': 'Because' },
      'spec.validations[0].reason: Unsupported value: "Because": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
    [
      { 'spec/validations/0/message': 'a\nb' },
      'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
    ],
    [{ 'spec/paramKind': { kind: 'X' } }, 'spec.paramKind.apiVersion: Required value'],
    [
      { 'spec/paramKind': { apiVersion: 'a/b/c', kind: 'X' } },
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
    [
      { 'spec/variables': [{ name: '1x', expression: '1' }] },
      'spec.variables[0].name: Invalid value: "1x": name is not a valid CEL identifier',
    ],
    [
      {
        'spec/variables': [
          { name: 'x', expression: '1' },
          { name: 'x', expression: '2' },
        ],
      },
      'spec.variables[1].name: Duplicate value: "x"',
    ],
    [
      { 'spec/auditAnnotations': [{ key: 'a b', valueExpression: '1' }] },
      "spec.auditAnnotations[0].key: Invalid value: \"few-replicas/a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      { 'spec/variables': [{ name: 'loop', expression: '1' }] },
      'spec.variables[0].name: Invalid value: "loop": name is not a valid CEL identifier',
    ],
    [
      { 'spec/paramKind': { apiVersion: 'a.example.com/', kind: 'X' } },
      'spec.paramKind.apiVersion: Invalid value: "a.example.com/": version must be specified',
    ],
    [
      { 'spec/matchConstraints/resourceRules/0/resourceNames': ['a', 'a'] },
      'spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"',
    ],
    [
      { 'spec/auditAnnotations': [{ key: 'a', valueExpression: `'${'x'.repeat(5120)}'` }] },
      'spec.auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length',
    ],
    [{ 'spec/matchConditions': [{ name: 'a', expression: '' }] }, 'spec.matchConditions[0].expression: Required value'],
  ]);

  rules.accepts([
    { 'spec/validations': undefined, 'spec/auditAnnotations': [{ key: 'a', valueExpression: "'x'" }] },
    { 'spec/paramKind': { apiVersion: 'v1', kind: 'ConfigMap' } },
    { 'spec/variables': [{ name: 'x', expression: '1' }] },
    { 'spec/validations/0': { expression: 'object.spec.replicas\n  < 5' } },
  ]);
});
