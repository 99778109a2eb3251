/**
 * Where RBAC reads roles and bindings from: a small interface, so that the rules can be tested on plain objects.
 *
 * `version` changes with every write to any of the four kinds; what was computed for an older version is thrown away.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#api-overview
 */
import type {
  ClusterRole as PublishedClusterRole,
  ClusterRoleBinding as PublishedClusterRoleBinding,
  Role as PublishedRole,
  RoleBinding as PublishedRoleBinding,
} from 'kubernetes-types/rbac/v1';
import type { ApiObject } from '../../../../helper/api/meta';
import type { ObjectTable } from '../../watch/object-table';
import type { WatchCache } from '../../watch/watch-cache';
import { CacheFollower } from '../cache-follower';

export type Role = ApiObject<PublishedRole>;
export type ClusterRole = ApiObject<PublishedClusterRole>;
export type RoleBinding = ApiObject<PublishedRoleBinding>;
export type ClusterRoleBinding = ApiObject<PublishedClusterRoleBinding>;

export interface RoleSource {
  readonly version: number;
  role(namespace: string, name: string): Role | undefined;
  clusterRole(name: string): ClusterRole | undefined;
  /** of one namespace */
  roleBindings(namespace: string): readonly RoleBinding[];
  clusterRoleBindings(): readonly ClusterRoleBinding[];
}

/** The watch caches of the four kinds. */
export interface RoleCaches {
  readonly roles: WatchCache;
  readonly clusterRoles: WatchCache;
  readonly roleBindings: WatchCache;
  readonly clusterRoleBindings: WatchCache;
}

const listOf = <T>(table: ObjectTable, namespace: string) =>
  table.list(namespace).map(({ object }) => object as unknown as T);

/** Roles and bindings as the api-server's watch caches have them. */
export function roleSourceOf(caches: RoleCaches): RoleSource {
  let version = 0;
  const changed = () => {
    version += 1;
  };
  const followers = Object.values(caches).map(
    (cache: WatchCache) => new CacheFollower(cache, { startOver: changed, apply: changed }),
  );
  return {
    get version() {
      for (const follower of followers) follower.catchUp();
      return version;
    },
    role: (namespace, name) => caches.roles.get(namespace, name)?.object as Role | undefined,
    clusterRole: (name) => caches.clusterRoles.get('', name)?.object as ClusterRole | undefined,
    roleBindings: (namespace) => listOf<RoleBinding>(caches.roleBindings.table, namespace),
    clusterRoleBindings: () => listOf<ClusterRoleBinding>(caches.clusterRoleBindings.table, ''),
  };
}

/** Roles and bindings that never change: for tests. */
export function fixedRoleSource(
  objects: readonly (Role | ClusterRole | RoleBinding | ClusterRoleBinding)[],
): RoleSource {
  const groups = new Map<string, unknown[]>();
  for (const object of objects) {
    const key = `${object.kind}/${object.metadata.namespace ?? ''}`;
    const group = groups.get(key) ?? [];
    group.push(object);
    groups.set(key, group);
  }
  const ofKind = <T>(kind: string, namespace = '') => (groups.get(`${kind}/${namespace}`) ?? []) as T[];
  return {
    version: 0,
    role: (namespace, name) => ofKind<Role>('Role', namespace).find(({ metadata }) => metadata.name === name),
    clusterRole: (name) => ofKind<ClusterRole>('ClusterRole').find(({ metadata }) => metadata.name === name),
    roleBindings: (namespace) => ofKind<RoleBinding>('RoleBinding', namespace),
    clusterRoleBindings: () => ofKind<ClusterRoleBinding>('ClusterRoleBinding'),
  };
}
