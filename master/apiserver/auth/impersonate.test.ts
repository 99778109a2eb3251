import { bindCluster, clusterRole, rule, user } from '../../../helper/api/rbac/policy-rules';
import { impersonatedUser, wantsImpersonation } from './impersonate';
import { RbacAuthorizer } from './rbac/rbac-authorizer';
import { fixedRoleSource } from './rbac/role-source';
import { userNamed } from './rbac/roles.fixture';

const boss = userNamed('boss');
const authorizer = new RbacAuthorizer(
  fixedRoleSource([
    clusterRole('impersonator', [
      rule('impersonate', '', 'users', 'jane system:anonymous'),
      rule('impersonate', '', 'serviceaccounts', 'robot'),
      rule('impersonate', '', 'groups', 'devs system:unauthenticated'),
      rule('impersonate', 'authentication.k8s.io', 'userextras/scopes', 'view'),
      rule('impersonate', 'authentication.k8s.io', 'userextras/a/b'),
      rule('impersonate', 'authentication.k8s.io', 'uids', '42'),
    ]),
    bindCluster('impersonator', [user('boss')]),
  ]),
);
const as = (headers: Record<string, string[]>, sender = boss) => impersonatedUser(headers, sender, authorizer);
const forbidden = (what: string) => `cannot impersonate resource ${what}`;

describe('impersonatedUser()', () => {
  it.each([
    [{ 'impersonate-user': ['jane'] }, { name: 'jane', groups: ['system:authenticated'] }],
    [
      { 'impersonate-user': ['jane'], 'impersonate-group': ['devs'] },
      { name: 'jane', groups: ['devs', 'system:authenticated'] },
    ],
    [
      { 'impersonate-user': ['jane'], 'impersonate-group': ['system:unauthenticated'] },
      { name: 'jane', groups: ['system:unauthenticated'] },
    ],
    [{ 'impersonate-user': ['system:anonymous'] }, { name: 'system:anonymous', groups: ['system:unauthenticated'] }],
    [
      { 'impersonate-user': ['system:serviceaccount:ns:robot'] },
      {
        name: 'system:serviceaccount:ns:robot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
      },
    ],
    [
      {
        'impersonate-user': ['jane'],
        'impersonate-uid': ['42'],
        'impersonate-extra-scopes': ['view'],
        'impersonate-extra-a%2fb': ['x', 'y'],
      },
      { name: 'jane', uid: '42', groups: ['system:authenticated'], extra: { scopes: ['view'], 'a/b': ['x', 'y'] } },
    ],
  ])('makes %o somebody else', (headers, expected) => {
    expect(as(headers as unknown as Record<string, string[]>)).toEqual(expected);
  });

  it.each([
    [
      { 'impersonate-user': ['root'] },
      'users "root" is forbidden: User "boss" cannot impersonate resource "users" in API group "" at the cluster scope',
    ],
    [
      { 'impersonate-user': ['system:serviceaccount:ns:admin'] },
      forbidden('"serviceaccounts" in API group "" in the namespace "ns"'),
    ],
    [
      { 'impersonate-user': ['jane'], 'impersonate-group': ['devs', 'system:masters'] },
      'groups "system:masters" is forbidden',
    ],
    [
      { 'impersonate-user': ['jane'], 'impersonate-extra-scopes': ['view', 'edit'] },
      forbidden('"userextras/scopes" in API group "authentication.k8s.io"'),
    ],
    [
      { 'impersonate-user': ['jane'], 'impersonate-uid': ['43'] },
      forbidden('"uids" in API group "authentication.k8s.io"'),
    ],
    [{ 'impersonate-group': ['devs'] }, 'without impersonating a user'],
    [{ 'impersonate-uid': ['42'] }, 'without impersonating a user'],
    [{ 'impersonate-extra-scopes': ['view'] }, 'without impersonating a user'],
  ])('refuses %o', (headers, message) => {
    expect(() => as(headers as unknown as Record<string, string[]>)).toThrow(message);
  });

  it('is undefined without such headers, and refuses who may not', () => {
    expect(as({ accept: ['*/*'] })).toBeUndefined();
    expect(() => as({ 'impersonate-user': ['jane'] }, userNamed('nobody'))).toThrow('User "nobody" cannot impersonate');
  });
});

describe('wantsImpersonation()', () => {
  it('sees any of the headers', () => {
    expect(wantsImpersonation({ headers: { accept: '*/*', 'impersonate-extra-x': 'y' } })).toBe(true);
    expect(wantsImpersonation({ headers: { accept: '*/*' } })).toBe(false);
  });
});
