/**
 * ClusterRole: what may be done anywhere in the cluster, or a list of rules for RoleBindings to use in one namespace.
 *
 * With an aggregationRule its rules are the sum of those of other ClusterRoles; a controller keeps them.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
import type { ClusterRole as PublishedClusterRole } from 'kubernetes-types/rbac/v1';
import { createdAtColumn, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, required } from '../field-error';
import { each } from '../field-rules';
import { validateLabelSelector } from '../label-selector';
import type { ApiObject } from '../meta';
import { pathSegment } from '../names';
import type { Resource } from '../resource';
import { validatePolicyRules } from './role-validation';

export type ClusterRole = ApiObject<PublishedClusterRole>;

export const clusterRoleResource: Resource<ClusterRole> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  shortNames: [],
  categories: [],
  namespaced: false,
};

function validateAggregation({ aggregationRule }: ClusterRole): FieldError[] {
  if (!aggregationRule) return [];
  const field = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (!selectors.length) {
    return [required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return each(selectors, field, (selector, path) => validateLabelSelector(selector, path));
}

/** Row of the table: ClusterRole. */
export const clusterRoleKind = /* @__PURE__ */ defineKind<ClusterRole>({
  resource: clusterRoleResource,
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  createdByUpdate: true,
  nameRule: pathSegment,
  columns: () => [nameColumn, createdAtColumn],
  validate: (role) => [...validatePolicyRules(role.rules, { namespaced: false }), ...validateAggregation(role)],
});
