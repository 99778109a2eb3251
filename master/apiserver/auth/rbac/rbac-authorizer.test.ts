import type { Subject } from 'kubernetes-types/rbac/v1';
import {
  bindCluster,
  clusterRole,
  group,
  RBAC_GROUP,
  role,
  rule,
  serviceAccount,
  user,
} from '../../../../helper/api/rbac/policy-rules';
import { parseRequestInfo } from '../../request-info';
import { accessOf, resourceAccess } from '../access';
import { assertAllowed, authorizerChain, privilegedGroup } from '../authorizer-chain';
import { RbacAuthorizer } from './rbac-authorizer';
import { fixedRoleSource, type RoleBinding, type RoleSource } from './role-source';
import { userNamed } from './roles.fixture';

const jane = userNamed('jane');

function binding(
  namespace: string,
  name: string,
  kind: 'Role' | 'ClusterRole',
  roleName: string,
  subjects: Subject[],
): RoleBinding {
  const roleRef = { apiGroup: RBAC_GROUP, kind, name: roleName };
  return { apiVersion: `${RBAC_GROUP}/v1`, kind: 'RoleBinding', metadata: { name, namespace }, roleRef, subjects };
}

// The RBAC page's examples: read-pods, read-secrets, read-secrets-global.
const EXAMPLES = [
  role('default', 'pod-reader', [rule('get watch list', '', 'pods')]),
  clusterRole('secret-reader', [rule('get watch list', '', 'secrets')]),
  binding('default', 'read-pods', 'Role', 'pod-reader', [user('jane')]),
  binding('development', 'read-secrets', 'ClusterRole', 'secret-reader', [user('dave')]),
  bindCluster('secret-reader', [group('manager')], 'read-secrets-global'),
  binding('default', 'builders', 'Role', 'pod-reader', [{ kind: 'ServiceAccount', name: 'builder' }]),
  binding('default', 'robots', 'Role', 'pod-reader', [group('robots'), serviceAccount('tools', 'robot')]),
];
const authorizer = new RbacAuthorizer(fixedRoleSource(EXAMPLES));
const secret = (namespace: string) => resourceAccess('get', 'secrets', { namespace, name: 's' });
const pods = (namespace: string) => resourceAccess('list', 'pods', { namespace });

describe('RbacAuthorizer', () => {
  it.each([
    ['jane reads pods', jane, pods('default'), 'RoleBinding "read-pods/default" of Role "pod-reader" to User "jane"'],
    ['not in another namespace', jane, pods('other'), ''],
    ['not in all namespaces', jane, pods(''), ''],
    ['not secrets', jane, secret('default'), ''],
    [
      'dave reads secrets where he is bound',
      userNamed('dave'),
      secret('development'),
      'RoleBinding "read-secrets/development" of ClusterRole "secret-reader" to User "dave"',
    ],
    ['and nowhere else', userNamed('dave'), secret('default'), ''],
    [
      'managers read secrets everywhere',
      userNamed('bob', 'manager'),
      secret('any'),
      'ClusterRoleBinding "read-secrets-global" of ClusterRole "secret-reader" to Group "manager"',
    ],
    [
      'a ServiceAccount of the binding’s own namespace',
      userNamed('system:serviceaccount:default:builder'),
      pods('default'),
      'RoleBinding "builders/default" of Role "pod-reader" to ServiceAccount "builder/default"',
    ],
    ['no ServiceAccount of that name elsewhere', userNamed('system:serviceaccount:other:builder'), pods('default'), ''],
    [
      'a ServiceAccount of another namespace',
      userNamed('system:serviceaccount:tools:robot'),
      pods('default'),
      'RoleBinding "robots/default" of Role "pod-reader" to ServiceAccount "robot/tools"',
    ],
    [
      'the first subject that applies is named',
      userNamed('system:serviceaccount:tools:robot', 'robots'),
      pods('default'),
      'RoleBinding "robots/default" of Role "pod-reader" to Group "robots"',
    ],
    ['a group called like a user', userNamed('x', 'jane'), pods('default'), ''],
  ])('authorize(): %s', (_what, who, access, by) => {
    const expected = by ? { allowed: true, reason: `RBAC: allowed by ${by}` } : { allowed: false, reason: '' };
    expect(authorizer.authorize(who, access)).toEqual(expected);
  });

  it('authorize() says that a role is missing, and goes on with the others', () => {
    const dangling = bindCluster('gone', [user('jane')]);
    const broken = new RbacAuthorizer(fixedRoleSource([...EXAMPLES, dangling]));
    const reason = 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found';
    expect(broken.authorize(jane, secret('default'))).toEqual({ allowed: false, reason });
    expect(broken.authorize(jane, pods('default')).allowed).toBe(true);
  });

  it('authorize() forgets what it knew when a role changes', () => {
    let source: RoleSource = fixedRoleSource([]);
    let version = 1;
    const changing = new RbacAuthorizer({
      get version() {
        return version;
      },
      role: (namespace, name) => source.role(namespace, name),
      clusterRole: (name) => source.clusterRole(name),
      roleBindings: (namespace) => source.roleBindings(namespace),
      clusterRoleBindings: () => source.clusterRoleBindings(),
    });
    expect(changing.authorize(jane, pods('default')).allowed).toBe(false);
    source = fixedRoleSource(EXAMPLES);
    version += 1;
    expect(changing.authorize(jane, pods('default')).allowed).toBe(true);
    source = fixedRoleSource([]);
    version += 1;
    expect(changing.authorize(jane, pods('default')).allowed).toBe(false);
  });
});

describe('assertAllowed()', () => {
  const chain = authorizerChain([privilegedGroup, authorizer]);
  const message = (method: string, url: string) => {
    try {
      assertAllowed(chain, jane, accessOf(parseRequestInfo(method, url)));
      return 'allowed';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    ['GET', '/api/v1/namespaces/default/pods', 'allowed'],
    [
      'GET',
      '/api/v1/namespaces/kube-system/pods',
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "kube-system"',
    ],
    [
      'GET',
      '/api/v1/nodes/n1',
      'nodes "n1" is forbidden: User "jane" cannot get resource "nodes" in API group "" at the cluster scope',
    ],
    [
      'GET',
      '/api/v1/namespaces/team',
      'namespaces "team" is forbidden: User "jane" cannot get resource "namespaces" in API group "" in the namespace "team"',
    ],
    [
      'POST',
      '/apis/apps/v1/namespaces/default/deployments',
      'deployments.apps is forbidden: User "jane" cannot create resource "deployments" in API group "apps" in the namespace "default"',
    ],
    [
      'GET',
      '/api/v1/namespaces/default/pods/web/log',
      'pods "web" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "default"',
    ],
    ['GET', '/metrics', 'forbidden: User "jane" cannot get path "/metrics"'],
    ['GET', '/x<b>', 'forbidden: User "jane" cannot get path "/x&lt;b&gt;"'],
  ])('%s %s: %s', (method, url, expected) => {
    expect(message(method, url)).toBe(expected);
  });

  it('lets system:masters do everything, without any role', () => {
    const empty = authorizerChain([privilegedGroup, new RbacAuthorizer(fixedRoleSource([]))]);
    const admin = userNamed('kubernetes-admin', 'system:masters');
    expect(assertAllowed(empty, admin, accessOf(parseRequestInfo('DELETE', '/api/v1/nodes'))).allowed).toBe(true);
    expect(() => assertAllowed(empty, jane, accessOf(parseRequestInfo('GET', '/healthz')))).toThrow(
      'forbidden: User "jane" cannot get path',
    );
  });
});

describe('accessOf()', () => {
  it('takes the name a collection is narrowed to', () => {
    const info = parseRequestInfo('GET', '/api/v1/namespaces/a/secrets?watch=1&fieldSelector=metadata.name%3Dx');
    expect(accessOf(info)).toMatchObject({ verb: 'watch', namespace: 'a', name: 'x' });
  });

  it('takes no name from a selector that excludes or cannot be read', () => {
    for (const selector of ['metadata.name!=x', 'metadata.name', 'xmetadata.name=x']) {
      const info = parseRequestInfo('GET', `/api/v1/secrets?fieldSelector=${encodeURIComponent(selector)}`);
      expect(accessOf(info).name).toBe('');
    }
  });
});
