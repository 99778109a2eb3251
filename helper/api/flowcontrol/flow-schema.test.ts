import { rulesOf } from '../kind-rules.fixture';
import { flowSchemaKind } from './flow-schema';

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
    [{ 'spec/priorityLevelConfiguration/name': '' }, 'spec.priorityLevelConfiguration.name: Required value'],
    [
      { 'spec/distinguisherMethod/type': 'ByHair' },
      'spec.distinguisherMethod.type: Unsupported value: "ByHair": supported values: "ByNamespace", "ByUser"',
    ],
    [{ 'spec/rules/0/subjects': [] }, 'spec.rules[0].subjects: Required value'],
    [
      { 'spec/rules/0/subjects/0': { kind: 'Cat' } },
      'spec.rules[0].subjects[0].kind: Unsupported value: "Cat": supported values: "Group", "ServiceAccount", "User"',
    ],
    [
      { 'spec/rules/0/subjects/0': { kind: 'User', group: { name: 'x' } } },
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
    ],
    [
      { 'spec/rules/0/subjects/0': { kind: 'User', user: { name: 'x' }, group: { name: 'x' } } },
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
    ],
    [{ 'spec/rules/0/resourceRules/0/verbs': [] }, 'spec.rules[0].resourceRules[0].verbs: Required value'],
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
