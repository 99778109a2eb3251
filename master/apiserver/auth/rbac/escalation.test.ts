import {
  aggregatedRole,
  bind,
  bindCluster,
  clusterRole,
  role,
  rule,
  urlRule,
  user,
} from '../../../../helper/api/rbac/policy-rules';
import { authorizerChain, privilegedGroup } from '../authorizer-chain';
import { uncoveredRules } from './covers';
import { checkEscalation } from './escalation';
import { RbacAuthorizer } from './rbac-authorizer';
import { fixedRoleSource } from './role-source';
import { userNamed } from './roles.fixture';

describe('uncoveredRules()', () => {
  it.each([
    ['the same', [rule('get', '', 'pods')], [rule('get', '', 'pods')], 0],
    ['fewer verbs', [rule('get list', '', 'pods')], [rule('get', '', 'pods')], 0],
    ['one verb more', [rule('get', '', 'pods')], [rule('get list', '', 'pods')], 1],
    ['two rules together', [rule('get', '', 'pods'), rule('list', '', 'pods')], [rule('get list', '', 'pods')], 0],
    ['a star', [rule('*', '*', '*')], [rule('get', 'apps', 'deployments/scale')], 0],
    ['a star asked for', [rule('get list', '', 'pods')], [rule('*', '', 'pods')], 1],
    ['a subresource', [rule('get', '', 'pods')], [rule('get', '', 'pods/log')], 1],
    ['a subresource of everything', [rule('get', 'apps', '*/scale')], [rule('get', 'apps', 'deployments/scale')], 0],
    ['a name of all', [rule('get', '', 'secrets')], [rule('get', '', 'secrets', 'a')], 0],
    ['all of a name', [rule('get', '', 'secrets', 'a')], [rule('get', '', 'secrets')], 1],
    ['one name too many', [rule('get', '', 'secrets', 'a')], [rule('get', '', 'secrets', 'a b')], 1],
    ['a path below', [urlRule('get', '/healthz/*')], [urlRule('get', '/healthz/ping')], 0],
    ['all paths', [urlRule('get', '/healthz/*')], [urlRule('get', '*')], 1],
    ['resources by paths', [urlRule('*', '*')], [rule('get', '', 'pods')], 1],
    ['nothing', [], [], 0],
  ])('covers: %s', (_what, owned, wanted, missing) => {
    expect(uncoveredRules(owned, wanted)).toHaveLength(missing);
  });
});

const roleAdmin = rule('create update', 'rbac.authorization.k8s.io', 'roles rolebindings');
const source = fixedRoleSource([
  clusterRole('reader', [rule('get list', '', 'pods')]),
  clusterRole('writer', [rule('create', '', 'pods')]),
  clusterRole('escalator', [rule('escalate', 'rbac.authorization.k8s.io', 'roles clusterroles')]),
  clusterRole('binder', [rule('bind', 'rbac.authorization.k8s.io', 'clusterroles', 'writer')]),
  clusterRole('all', [rule('*', '*', '*'), urlRule('*', '*')]),
  role('ns', 'admin-of-roles', [roleAdmin]),
  bind('ns', 'admin-of-roles', [user('jane'), user('eve')]),
  bindCluster('reader', [user('jane')]),
  bindCluster('escalator', [user('eve')]),
  bindCluster('binder', [user('eve')]),
  bindCluster('all', [user('root')]),
]);
const rbac = new RbacAuthorizer(source);
const authorizer = authorizerChain([privilegedGroup, rbac]);
const context = { user: userNamed('jane'), authorizer, rbac, source };
const write = role('ns', 'mine', [rule('get create delete', '', 'pods')]);

describe('checkEscalation()', () => {
  it('lists what the user does not hold, in Kubernetes’ words', () => {
    expect(() => checkEscalation(context, write)).toThrow(
      'roles.rbac.authorization.k8s.io "mine" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["create" "delete"]}',
    );
  });

  it('lets through what the user holds himself', () => {
    expect(() => checkEscalation(context, role('ns', 'mine', [rule('get', '', 'pods')]))).not.toThrow();
  });

  it('lets through who may escalate, and the privileged group', () => {
    expect(() => checkEscalation({ ...context, user: userNamed('eve') }, write)).not.toThrow();
    expect(() => checkEscalation({ ...context, user: userNamed('x', 'system:masters') }, write)).not.toThrow();
  });

  it('refuses to bind a role with more rights, unless the user may bind that role', () => {
    const binding = (name: string) => bindCluster(name, [user('friend')]);
    expect(() => checkEscalation(context, binding('reader'))).not.toThrow();
    expect(() => checkEscalation(context, binding('writer'))).toThrow(
      'clusterrolebindings.rbac.authorization.k8s.io "writer" is forbidden: user "jane" (groups=["system:authenticated"])',
    );
    expect(() => checkEscalation({ ...context, user: userNamed('eve') }, binding('writer'))).not.toThrow();
    expect(() => checkEscalation({ ...context, user: userNamed('eve') }, binding('all'))).toThrow('not currently held');
  });

  it('refuses to bind a role that is not there', () => {
    const message = 'roles.rbac.authorization.k8s.io "later" not found';
    expect(() => checkEscalation(context, bind('ns', 'later', [user('friend')]))).toThrow(message);
  });

  it('asks for everything before a role may aggregate, or a role that did may change', () => {
    const aggregated = aggregatedRole('view', 'to-view');
    expect(() => checkEscalation(context, aggregated)).toThrow(
      'must have cluster-admin privileges to use the aggregationRule',
    );
    const { aggregationRule: _rule, ...plain } = aggregated;
    expect(() => checkEscalation(context, plain, aggregated)).toThrow('must have cluster-admin privileges');
    expect(() => checkEscalation({ ...context, user: userNamed('root') }, aggregated)).not.toThrow();
  });

  it('does not stand in the way of the garbage collector', () => {
    const old = { ...write, metadata: { ...write.metadata, finalizers: ['x'], resourceVersion: '1' } };
    expect(() => checkEscalation(context, write, old)).not.toThrow();
    const relabelled = { ...write, metadata: { ...write.metadata, labels: { a: 'b' } } };
    expect(() => checkEscalation(context, relabelled, write)).toThrow('not currently held');
  });
});
