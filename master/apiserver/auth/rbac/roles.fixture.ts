/**
 * The default roles as a running cluster has them: aggregated, and any further objects beside them.
 */
import { DEFAULT_RBAC_OBJECTS } from '../../../../helper/api/rbac/default-roles';
import type { User } from '../user';
import { aggregateRoles } from './aggregate-roles';
import type { RbacObject } from './reconcile-default-roles';
import { type ClusterRole, fixedRoleSource, type RoleSource } from './role-source';

export function defaultRoleSource(more: readonly RbacObject[] = []): RoleSource {
  const objects = [...DEFAULT_RBAC_OBJECTS, ...more];
  const settled = aggregateRoles(objects.filter((object): object is ClusterRole => object.kind === 'ClusterRole'));
  const names = new Set(settled.map(({ metadata }) => metadata.name));
  const unchanged = objects.filter(({ kind, metadata }) => kind !== 'ClusterRole' || !names.has(metadata.name));
  return fixedRoleSource([...unchanged, ...settled]);
}

/** Somebody who has proven who he is. */
export const userNamed = (name: string, ...groups: string[]): User => ({
  name,
  groups: [...groups, 'system:authenticated'],
});
