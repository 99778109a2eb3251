import { DEFAULT_RBAC_OBJECTS } from '../../../../helper/api/rbac/default-roles';
import { clusterRole, rule } from '../../../../helper/api/rbac/policy-rules';
import type { RbacObject, RbacWrite } from './reconcile-default-roles';
import type { ClusterRole } from './role-source';
import { settleRoles } from './settle-roles';

const keyOf = ({ kind, metadata }: RbacObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** The objects after the writes. */
function applied(existing: readonly RbacObject[], writes: readonly RbacWrite[]): RbacObject[] {
  const objects = new Map(existing.map((object) => [keyOf(object), object]));
  for (const { object } of writes) objects.set(keyOf(object), object);
  return [...objects.values()];
}

describe('settleRoles()', () => {
  const born = applied([], settleRoles([], DEFAULT_RBAC_OBJECTS));
  const rulesOf = (objects: readonly RbacObject[], name: string) =>
    (objects.find((object) => object.kind === 'ClusterRole' && object.metadata.name === name) as ClusterRole).rules ??
    [];

  it('makes each object of a new cluster once, aggregated roles with their rules', () => {
    const writes = settleRoles([], DEFAULT_RBAC_OBJECTS);
    expect(writes).toHaveLength(DEFAULT_RBAC_OBJECTS.length);
    expect(writes.every(({ verb }) => verb === 'create')).toBe(true);
    expect(rulesOf(born, 'view').length).toBeGreaterThan(0);
    expect(rulesOf(born, 'admin').length).toBeGreaterThan(rulesOf(born, 'edit').length);
  });

  it('has nothing to write when it is asked again', () => {
    expect(settleRoles(born, DEFAULT_RBAC_OBJECTS)).toEqual([]);
    expect(settleRoles(born, [])).toEqual([]);
  });

  it('carries the rules of a new labelled role up to admin', () => {
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    const crontabs = clusterRole('crontab-viewer', [rule('get', 'stable.example.com', 'crontabs')], labels);
    const writes = settleRoles([...born, crontabs], []);
    expect(writes.map(({ verb, object }) => `${verb} ${object.metadata.name}`).sort()).toEqual([
      'update admin',
      'update edit',
      'update view',
    ]);
    expect(rulesOf(applied(born, writes), 'admin')).toContainEqual(crontabs.rules?.[0]);
  });

  it('gives back what was taken from a default role, and what that does to aggregated ones', () => {
    const emptied = born.map((object) =>
      object.metadata.name === 'system:aggregate-to-view' ? { ...object, rules: [] } : object,
    );
    const settled = applied(emptied, settleRoles(emptied, DEFAULT_RBAC_OBJECTS));
    expect(settleRoles(settled, DEFAULT_RBAC_OBJECTS)).toEqual([]);
    expect(rulesOf(settled, 'system:aggregate-to-view').length).toBeGreaterThan(0);
  });
});
