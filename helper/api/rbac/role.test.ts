import { rulesOf } from '../kind-rules.fixture';
import { roleKind } from './role';

describe('Role', () => {
  const rules = rulesOf(roleKind, 'role');

  rules.refuses([
    [{ 'rules/0/verbs': [] }, 'rules[0].verbs: Required value: verbs must contain at least one value'],
    [
      { 'rules/0/resources': undefined },
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
    [
      { 'rules/0/apiGroups': undefined },
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
    ],
    [
      { rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }] },
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ],
    [{ 'metadata/name': 'a/b' }, 'metadata.name: Invalid value: "a/b": may not contain \'/\''],
  ]);

  rules.accepts([{ rules: undefined }, { 'metadata/name': 'system:thing' }, { 'rules/0/resourceNames': ['x'] }]);

  rules.acceptsChanges([{ 'rules/0/verbs': ['*'] }]);
});
