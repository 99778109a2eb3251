/**
 * A short way to write the rules of default roles: `rule('get list watch', 'apps', 'deployments deployments/scale')`.
 *
 * Lists are words with blanks between them, because a page of roles must be readable as a page. The core group is ''.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole
 */
import type {
  PolicyRule,
  ClusterRole as PublishedClusterRole,
  ClusterRoleBinding as PublishedClusterRoleBinding,
  Role as PublishedRole,
  RoleBinding as PublishedRoleBinding,
  Subject,
} from 'kubernetes-types/rbac/v1';
import type { ApiObject } from '../meta';

export type DefaultRole = ApiObject<PublishedRole>;
export type DefaultClusterRole = ApiObject<PublishedClusterRole>;
export type DefaultRoleBinding = ApiObject<PublishedRoleBinding>;
export type DefaultClusterRoleBinding = ApiObject<PublishedClusterRoleBinding>;

export const RBAC_GROUP = 'rbac.authorization.k8s.io';
export const AUTOUPDATE_ANNOTATION = 'rbac.authorization.kubernetes.io/autoupdate';

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';
export const READ_WRITE = 'create delete deletecollection get list patch update watch';

const words = (text: string) => text.split(' ');

/** Verbs on resources of API groups; `groups` holds one group, or several with blanks. */
export function rule(verbs: string, groups: string, resources: string, names = ''): PolicyRule {
  return {
    apiGroups: words(groups),
    resources: words(resources),
    ...(names ? { resourceNames: words(names) } : {}),
    verbs: words(verbs),
  };
}

/** Verbs on paths that are no resources. */
export const urlRule = (verbs: string, urls: string): PolicyRule => ({
  nonResourceURLs: words(urls),
  verbs: words(verbs),
});

/** To record events under either of their two faces. */
export const EVENTS: PolicyRule = {
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
  verbs: ['create', 'patch', 'update'],
};

export const user = (name: string): Subject => ({ apiGroup: RBAC_GROUP, kind: 'User', name });
export const group = (name: string): Subject => ({ apiGroup: RBAC_GROUP, kind: 'Group', name });
export const serviceAccount = (namespace: string, name: string): Subject => ({
  kind: 'ServiceAccount',
  name,
  namespace,
});

const metadata = (name: string, namespace: string, labels: Record<string, string> = {}) => ({
  name,
  ...(namespace ? { namespace } : {}),
  annotations: { [AUTOUPDATE_ANNOTATION]: 'true' },
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
});

const apiVersion = `${RBAC_GROUP}/v1` as const;

export function clusterRole(name: string, rules: PolicyRule[], labels?: Record<string, string>): DefaultClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: metadata(name, '', labels), rules };
}

/** A role whose rules are those of all ClusterRoles with the label. */
export function aggregatedRole(name: string, label: string, labels?: Record<string, string>): DefaultClusterRole {
  const clusterRoleSelectors = [{ matchLabels: { [label]: 'true' } }];
  return { ...clusterRole(name, [], labels), aggregationRule: { clusterRoleSelectors } };
}

export function role(namespace: string, name: string, rules: PolicyRule[]): DefaultRole {
  return { apiVersion, kind: 'Role', metadata: metadata(name, namespace), rules };
}

/** Binds a ClusterRole everywhere; the binding has the role's name unless another is given. */
export function bindCluster(roleName: string, subjects: Subject[], name = roleName): DefaultClusterRoleBinding {
  const roleRef = { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: roleName };
  return { apiVersion, kind: 'ClusterRoleBinding', metadata: metadata(name, ''), roleRef, subjects };
}

/** Binds a Role in its namespace. */
export function bind(namespace: string, roleName: string, subjects: Subject[], name = roleName): DefaultRoleBinding {
  const roleRef = { apiGroup: RBAC_GROUP, kind: 'Role', name: roleName };
  return { apiVersion, kind: 'RoleBinding', metadata: metadata(name, namespace), roleRef, subjects };
}
