/**
 * Aggregated ClusterRoles: one with an `aggregationRule` has the rules of all ClusterRoles its selectors match.
 *
 * `admin` gathers `edit`, which gathers `view`: what one gains reaches the next, so the whole is repeated until nothing changes.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { matchesLabelSelector } from '../../../../helper/api/label-selector';
import { sameValue } from '../../../../helper/api/validate-metadata';
import type { ClusterRole } from './role-source';

/** The rules an aggregated role should have, in the order of selectors and names, none twice. */
function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  const others = all
    .filter(({ metadata }) => metadata.name !== role.metadata.name)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    for (const other of others.filter(({ metadata }) => matchesLabelSelector(selector, metadata.labels))) {
      const added = (other.rules ?? []).filter((rule) => !rules.some((known) => sameValue(known, rule)));
      rules.push(...added);
    }
  }
  return rules;
}

/**
 * The aggregated roles whose rules must be written, complete with their new rules; empty when all are right. Roles that gather each
 * other settle: rules are only ever added within one call.
 */
export function aggregateRoles(roles: readonly ClusterRole[]): ClusterRole[] {
  const now = new Map(roles.map((role) => [role.metadata.name, role]));
  const aggregated = roles.filter(({ aggregationRule }) => aggregationRule);
  // Each round carries rules one role further, so as many rounds as there are roles always suffice.
  for (let round = 0; round < aggregated.length; round++) {
    const changed = aggregated.flatMap(({ metadata: { name } }) => {
      const role = now.get(name);
      if (!role) return [];
      const rules = aggregatedRules(role, [...now.values()]);
      return sameValue(rules, role.rules ?? []) ? [] : [{ ...role, rules }];
    });
    if (changed.length === 0) break;
    for (const role of changed) now.set(role.metadata.name, role);
  }
  return aggregated.flatMap((role) => {
    const settled = now.get(role.metadata.name);
    return settled && settled !== role ? [settled] : [];
  });
}
