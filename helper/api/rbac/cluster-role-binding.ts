/**
 * ClusterRoleBinding: gives somebody the rights of a ClusterRole in the whole cluster.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding
 */
import type { ClusterRoleBinding as PublishedClusterRoleBinding } from 'kubernetes-types/rbac/v1';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import { pathSegment } from '../names';
import type { Resource } from '../resource';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from './binding-rules';

export type ClusterRoleBinding = ApiObject<PublishedClusterRoleBinding>;

export const clusterRoleBindingResource: Resource<ClusterRoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  shortNames: [],
  categories: [],
  namespaced: false,
};

const ROLE_KINDS = ['ClusterRole'];

/** Row of the table: ClusterRoleBinding. */
export const clusterRoleBindingKind = /* @__PURE__ */ defineKind<ClusterRoleBinding>({
  resource: clusterRoleBindingResource,
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  createdByUpdate: true,
  nameRule: pathSegment,
  columns: () => bindingColumns('clusterRoleBinding'),
  applyDefaults: defaultBinding,
  validate: (binding) => validateBinding(binding, ROLE_KINDS, { namespaced: false }),
  validateUpdate: validateBindingUpdate,
});
