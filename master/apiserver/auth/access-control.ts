/**
 * Who may do what, put together: the roles of the watch caches, the graph of nodes, and the chain that is asked.
 *
 * Made once at start and handed to every handler with the services: the check before each request, admission and the review kinds
 * all ask the same chain.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/
 */
import { persistentVolumeResource } from '../../../helper/api/core/persistent-volume';
import { podResource } from '../../../helper/api/core/pod';
import { clusterRoleResource } from '../../../helper/api/rbac/cluster-role';
import { clusterRoleBindingResource } from '../../../helper/api/rbac/cluster-role-binding';
import { roleResource } from '../../../helper/api/rbac/role';
import { roleBindingResource } from '../../../helper/api/rbac/role-binding';
import type { Registry } from '../registry';
import type { Authorizer } from './access';
import { authorizerChain, privilegedGroup } from './authorizer-chain';
import { followGraph } from './node/follow-graph';
import { NodeAuthorizer } from './node/node-authorizer';
import { RbacAuthorizer } from './rbac/rbac-authorizer';
import { type RoleSource, roleSourceOf } from './rbac/role-source';

export interface AccessControl {
  /** the whole chain */
  readonly authorizer: Authorizer;
  /** what roles alone give: escalation checks and rules reviews need to list it */
  readonly rbac: RbacAuthorizer;
  readonly source: RoleSource;
}

/** The access control over the caches of a registry that has been started. */
export function createAccessControl(registry: Registry): AccessControl {
  const source = roleSourceOf({
    roles: registry.cacheOf(roleResource),
    clusterRoles: registry.cacheOf(clusterRoleResource),
    roleBindings: registry.cacheOf(roleBindingResource),
    clusterRoleBindings: registry.cacheOf(clusterRoleBindingResource),
  });
  const graph = followGraph({
    pods: registry.cacheOf(podResource),
    persistentVolumes: registry.cacheOf(persistentVolumeResource),
    volumeAttachments: registry.find('storage.k8s.io', 'v1', 'volumeattachments'),
  });
  const rbac = new RbacAuthorizer(source);
  const authorizer = authorizerChain([privilegedGroup, new NodeAuthorizer(graph), rbac]);
  return { authorizer, rbac, source };
}
