/**
 * RoleBinding: gives somebody the rights of a Role, or of a ClusterRole within one namespace.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding
 */
import type { RoleBinding as PublishedRoleBinding } from 'kubernetes-types/rbac/v1';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import { pathSegment } from '../names';
import type { Resource } from '../resource';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from './binding-rules';

export type RoleBinding = ApiObject<PublishedRoleBinding>;

export const roleBindingResource: Resource<RoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  shortNames: [],
  categories: [],
  namespaced: true,
};

const ROLE_KINDS = ['Role', 'ClusterRole'];

/** Row of the table: RoleBinding. */
export const roleBindingKind = /* @__PURE__ */ defineKind<RoleBinding>({
  resource: roleBindingResource,
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  createdByUpdate: true,
  nameRule: pathSegment,
  columns: () => bindingColumns('roleBinding'),
  applyDefaults: defaultBinding,
  validate: (binding) => validateBinding(binding, ROLE_KINDS, { namespaced: true }),
  validateUpdate: validateBindingUpdate,
});
