import { DEFAULT_RBAC_OBJECTS } from '../../../../helper/api/rbac/default-roles';
import { AUTOUPDATE_ANNOTATION, bindCluster, clusterRole, rule, user } from '../../../../helper/api/rbac/policy-rules';
import { reconcileDefaultRoles } from './reconcile-default-roles';

const get = rule('get', '', 'pods');
const list = rule('list', '', 'pods');
const wanted = clusterRole('r', [rule('get list', '', 'pods')]);

describe('reconcileDefaultRoles()', () => {
  it('makes everything in an empty cluster, and then has nothing to do', () => {
    const writes = reconcileDefaultRoles([], DEFAULT_RBAC_OBJECTS);
    expect(writes.map(({ verb }) => verb)).toEqual(DEFAULT_RBAC_OBJECTS.map(() => 'create'));
    expect(reconcileDefaultRoles(DEFAULT_RBAC_OBJECTS, DEFAULT_RBAC_OBJECTS)).toEqual([]);
  });

  it('has no two default objects of one name', () => {
    const keys = DEFAULT_RBAC_OBJECTS.map(
      ({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('adds missing rules, labels and annotations, and keeps what was added by hand', () => {
    const existing = { ...clusterRole('r', [get, rule('delete', '', 'nodes')]) };
    existing.metadata = { name: 'r', labels: { mine: 'yes' }, resourceVersion: '7' };
    const [write, ...more] = reconcileDefaultRoles([existing], [wanted]);
    expect(more).toEqual([]);
    expect(write).toEqual({
      verb: 'update',
      object: {
        ...existing,
        metadata: {
          ...existing.metadata,
          labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', mine: 'yes' },
          annotations: { [AUTOUPDATE_ANNOTATION]: 'true' },
        },
        rules: [get, rule('delete', '', 'nodes'), list],
      },
    });
  });

  it('leaves an object alone that must not be updated', () => {
    const existing = clusterRole('r', []);
    existing.metadata = { ...existing.metadata, annotations: { [AUTOUPDATE_ANNOTATION]: 'false' } };
    expect(reconcileDefaultRoles([existing], [wanted])).toEqual([]);
  });

  it('leaves the rules of an aggregated role to aggregation', () => {
    const { aggregationRule, ...rest } = { aggregationRule: { clusterRoleSelectors: [] }, ...wanted };
    const aggregated = { ...rest, aggregationRule };
    expect(reconcileDefaultRoles([{ ...aggregated, rules: [get] }], [aggregated])).toEqual([]);
  });

  it('adds missing subjects, and makes a binding to another role anew', () => {
    const binding = bindCluster('r', [user('a'), user('b')]);
    const [added] = reconcileDefaultRoles([{ ...binding, subjects: [user('c'), user('b')] }], [binding]);
    expect(added).toMatchObject({ verb: 'update', object: { subjects: [user('c'), user('b'), user('a')] } });
    const elsewhere = { ...binding, roleRef: { ...binding.roleRef, name: 'other' } };
    expect(reconcileDefaultRoles([elsewhere], [binding])).toEqual([{ verb: 'recreate', object: binding }]);
  });
});
