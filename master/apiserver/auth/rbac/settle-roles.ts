/**
 * What has to be written until default roles are complete and aggregated roles have their rules: pure, one write an object.
 *
 * Aggregation looks at the roles as they will be after the other writes, so that a new cluster is born with finished roles.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
import { aggregateRoles } from './aggregate-roles';
import { type RbacObject, type RbacWrite, reconcileDefaultRoles } from './reconcile-default-roles';
import type { ClusterRole } from './role-source';

const isClusterRole = (object: RbacObject): object is ClusterRole => object.kind === 'ClusterRole';

/** The writes; empty when all is as it should be. Without `wanted` only aggregation is looked after. */
export function settleRoles(existing: readonly RbacObject[], wanted: readonly RbacObject[]): RbacWrite[] {
  const writes = reconcileDefaultRoles(existing, wanted);
  const roles = new Map(existing.filter(isClusterRole).map((role) => [role.metadata.name, role]));
  const written = writes.map(({ object }) => object).filter(isClusterRole);
  for (const role of written) roles.set(role.metadata.name, role);
  const aggregated = new Map(aggregateRoles([...roles.values()]).map((role) => [role.metadata.name, role]));
  const completed = writes.map((write): RbacWrite => {
    const { object } = write;
    const finished = isClusterRole(object) ? aggregated.get(object.metadata.name) : undefined;
    if (!finished) return write;
    aggregated.delete(finished.metadata.name);
    return { ...write, object: finished };
  });
  return [...completed, ...[...aggregated.values()].map((object): RbacWrite => ({ verb: 'update', object }))];
}
