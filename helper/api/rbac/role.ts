/**
 * Role: what may be done with the objects of one namespace.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole
 */
import type { Role as PublishedRole } from 'kubernetes-types/rbac/v1';
import { createdAtColumn, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import { pathSegment } from '../names';
import type { Resource } from '../resource';
import { validatePolicyRules } from './role-validation';

export type Role = ApiObject<PublishedRole>;

export const roleResource: Resource<Role> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  shortNames: [],
  categories: [],
  namespaced: true,
};

/** Row of the table: Role. */
export const roleKind = /* @__PURE__ */ defineKind<Role>({
  resource: roleResource,
  schema: 'io.k8s.api.rbac.v1.Role',
  createdByUpdate: true,
  nameRule: pathSegment,
  columns: () => [nameColumn, createdAtColumn],
  validate: ({ rules }) => validatePolicyRules(rules, { namespaced: true }),
});
