import { rulesOf } from '../kind-rules.fixture';
import { flowSchemaKind } from './flow-schema';

const NAMESPACES =
  "each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('FlowSchema', () => {
  const rules = rulesOf(flowSchemaKind, 'flow-schema');

  rules.fillsIn([[{ 'spec/matchingPrecedence': undefined }, { 'spec/matchingPrecedence': 1000 }]]);

  rules.refuses([
    [{ 'spec/matchingPrecedence': -1 }, 'spec.matchingPrecedence: Invalid value: -1: must be a positive value'],
    [
      { 'spec/matchingPrecedence': 10001 },
      'spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000',
    ],
    [
      { 'spec/matchingPrecedence': 1 },
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
    [
      { 'spec/priorityLevelConfiguration/name': '' },
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
    ],
    [
      { 'spec/distinguisherMethod/type': 'ByHair' },
      'spec.distinguisherMethod.type: Unsupported value: "ByHair": supported values: "ByNamespace", "ByUser"',
    ],
    [
      { 'spec/rules/0/subjects': [] },
      'spec.rules[0].subjects: Required value: subjects must contain at least one value',
    ],
    [
      { 'spec/rules/0/subjects/0': { kind: 'Cat' } },
      'spec.rules[0].subjects[0].kind: Unsupported value: "Cat": supported values: "Group", "ServiceAccount", "User"',
    ],
    [
      { 'spec/rules/0/subjects/0': { kind: 'User' } },
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
    ],
    [
      { 'spec/rules/0/subjects/0': { kind: 'User', user: { name: 'x' }, group: { name: 'x' } } },
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
    ],
    [
      { 'spec/rules/0/resourceRules/0/verbs': [] },
      'spec.rules[0].resourceRules[0].verbs: Required value: verbs must contain at least one value',
    ],
    [
      { 'spec/rules/0/resourceRules/0/verbs': ['see'] },
      'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["see"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
    ],
    [
      { 'spec/rules/0/resourceRules/0/namespaces': ['A'] },
      `spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: "A": ${NAMESPACES}`,
    ],
    [
      { 'spec/rules/0/nonResourceRules': [{ verbs: ['*'], nonResourceURLs: ['a'] }] },
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a": must start with slash',
    ],
    [
      { 'spec/rules/0/nonResourceRules': [{ verbs: ['*'], nonResourceURLs: ['/a*'] }] },
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching',
    ],
    [
      { 'spec/rules/0/resourceRules/0/verbs': ['*', 'get'] },
      'spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
    ],
    [
      { 'spec/rules/0/resourceRules/0/namespaces': [] },
      'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
    ],
    [
      { 'spec/rules/0/resourceRules': [] },
      'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ],
  ]);

  rules.accepts([
    { 'spec/rules': undefined },
    { 'spec/rules/0/resourceRules/0/namespaces': undefined, 'spec/rules/0/resourceRules/0/clusterScope': true },
  ]);
});
