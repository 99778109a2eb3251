import { aggregatedRole, clusterRole, rule } from '../../../../helper/api/rbac/policy-rules';
import { aggregateRoles } from './aggregate-roles';
import { defaultRoleSource } from './roles.fixture';

const pods = rule('get', '', 'pods');
const crons = rule('get list', 'stable.example.com', 'crontabs');

describe('aggregateRoles()', () => {
  it('gathers the rules of labelled roles, by name, none twice', () => {
    const all = [
      aggregatedRole('monitoring', 'to-monitoring'),
      clusterRole('b', [pods], { 'to-monitoring': 'true' }),
      clusterRole('a', [crons, pods], { 'to-monitoring': 'true' }),
      clusterRole('c', [rule('*', '*', '*')], { 'to-monitoring': 'false' }),
    ];
    expect(aggregateRoles(all)).toEqual([{ ...all[0], rules: [crons, pods] }]);
  });

  it('takes rules through several roles in one call', () => {
    const all = [
      aggregatedRole('admin', 'to-admin'),
      aggregatedRole('edit', 'to-edit', { 'to-admin': 'true' }),
      aggregatedRole('view', 'to-view', { 'to-edit': 'true' }),
      clusterRole('crontabs', [crons], { 'to-view': 'true' }),
    ];
    expect(aggregateRoles(all).map(({ metadata, rules }) => [metadata.name, rules])).toEqual([
      ['admin', [crons]],
      ['edit', [crons]],
      ['view', [crons]],
    ]);
  });

  it('takes away what no role brings any more, also what was written by hand', () => {
    const stale = { ...aggregatedRole('view', 'to-view'), rules: [pods] };
    expect(aggregateRoles([stale])).toEqual([{ ...stale, rules: [] }]);
  });

  it('has nothing to write when all is settled, and ends when roles gather each other', () => {
    const left = { ...aggregatedRole('left', 'to-left', { 'to-right': 'true' }), rules: [pods] };
    const right = aggregatedRole('right', 'to-right', { 'to-left': 'true' });
    const source = clusterRole('source', [pods], { 'to-left': 'true' });
    const settled = aggregateRoles([left, right, source]);
    expect(settled.map(({ metadata }) => metadata.name)).toEqual(['right']);
    expect(aggregateRoles([left, ...settled, source])).toEqual([]);
    expect(aggregateRoles([])).toEqual([]);
  });

  it('fills admin, edit and view of the default roles', () => {
    const source = defaultRoleSource();
    const [view, edit, admin] = ['view', 'edit', 'admin'].map((name) => source.clusterRole(name)?.rules?.length ?? 0);
    expect(view).toBeGreaterThan(5);
    expect(edit).toBeGreaterThan(view ?? 0);
    expect(admin).toBeGreaterThan(edit ?? 0);
  });
});
