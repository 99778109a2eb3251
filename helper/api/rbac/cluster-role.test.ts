import { rulesOf } from '../kind-rules.fixture';
import { clusterRoleKind } from './cluster-role';

describe('ClusterRole', () => {
  const rules = rulesOf(clusterRoleKind, 'cluster-role');

  rules.refuses([
    [{ 'rules/0/verbs': [] }, 'rules[0].verbs: Required value: verbs must contain at least one value'],
    [
      { rules: [{ nonResourceURLs: ['/x'], resources: ['pods'], apiGroups: [''], verbs: ['get'] }] },
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      { aggregationRule: {}, rules: undefined },
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
    [
      { aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Odd' }] }] } },
      'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
    ],
  ]);

  rules.accepts([{ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }, { rules: [] }]);
});
