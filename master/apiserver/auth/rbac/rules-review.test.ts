import { bindCluster, clusterRole, rule, urlRule, user } from '../../../../helper/api/rbac/policy-rules';
import { RbacAuthorizer } from './rbac-authorizer';
import { fixedRoleSource } from './role-source';
import { userNamed } from './roles.fixture';
import { reviewRules } from './rules-review';

const rbac = new RbacAuthorizer(
  fixedRoleSource([
    clusterRole('r', [rule('get', '', 'secrets', 'a'), urlRule('get', '/healthz')]),
    bindCluster('r', [user('jane')]),
    bindCluster('gone', [user('bob')]),
  ]),
);

describe('reviewRules()', () => {
  it('lists rules of resources and of paths apart', () => {
    expect(reviewRules(rbac, userNamed('jane'), 'default')).toEqual({
      resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] }],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
      incomplete: false,
    });
  });

  it('says what could not be read', () => {
    const evaluationError = 'clusterrole.rbac.authorization.k8s.io "gone" not found';
    expect(reviewRules(rbac, userNamed('bob'), '')).toMatchObject({ incomplete: false, evaluationError });
    expect(reviewRules(rbac, userNamed('system:node:n', 'system:nodes'), '')).toEqual({
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: 'node authorizer does not support user rule resolution',
    });
  });
});
