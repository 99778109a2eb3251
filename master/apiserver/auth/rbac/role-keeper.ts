/**
 * Keeps the roles of the cluster in order: the default ones at start, aggregated ones whenever a ClusterRole changes.
 *
 * What has to be written is computed from the caches (`settle-roles.ts`) and written all at once; whoever wrote in between wins, and
 * the next round looks again. Several api-servers over one store therefore do no harm to each other.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation
 */
import { clusterRoleResource } from '../../../../helper/api/rbac/cluster-role';
import { clusterRoleBindingResource } from '../../../../helper/api/rbac/cluster-role-binding';
import { DEFAULT_RBAC_OBJECTS } from '../../../../helper/api/rbac/default-roles';
import { roleResource } from '../../../../helper/api/rbac/role';
import { roleBindingResource } from '../../../../helper/api/rbac/role-binding';
import type { Resource } from '../../../../helper/api/resource';
import { isConflict, isNotFound } from '../../../../helper/api/status-error';
import { createMissing } from '../../bootstrap';
import { type Chore, settling } from '../../chore';
import type { Registry } from '../../registry';
import { changeStored } from '../../rest/store-write';
import { CacheFollower } from '../cache-follower';
import type { RbacObject, RbacWrite } from './reconcile-default-roles';
import { settleRoles } from './settle-roles';

const RESOURCES: Readonly<Record<string, Pick<Resource, 'group' | 'version' | 'plural'>>> = {
  Role: roleResource,
  ClusterRole: clusterRoleResource,
  RoleBinding: roleBindingResource,
  ClusterRoleBinding: clusterRoleBindingResource,
};
/** A round that met other writers is repeated; after so many the next change or start goes on. */
const MAX_ROUNDS = 5;
const RETRY_MS = 1_000;

export class RoleKeeper implements Chore {
  private settling: Chore | undefined;
  private stopped = false;

  constructor(private readonly registry: Registry) {}

  /** Resolves when the caches hold all default roles and bindings. */
  async makeDefaults(): Promise<void> {
    await this.settle(['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'], DEFAULT_RBAC_OBJECTS);
  }

  /** From now on aggregated roles follow the roles they gather. */
  start(): void {
    this.settling = settling({
      follow: (wake) => [new CacheFollower(this.cacheOf('ClusterRole'), { startOver: wake, apply: wake })],
      settle: () => this.settle(['ClusterRole'], []),
      onFailure: (error) =>
        this.registry.log.warn({ err: error }, 'aggregated roles could not be written; trying again'),
      retryMs: RETRY_MS,
    });
    this.settling.start();
  }

  stop(): void {
    this.stopped = true;
    this.settling?.stop();
  }

  private async settle(kinds: readonly string[], wanted: readonly RbacObject[]): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS && !this.stopped; round++) {
      const writes = settleRoles(this.existing(kinds), wanted);
      if (writes.length === 0) return;
      await Promise.all(writes.map((write) => this.write(write)));
      await Promise.all(kinds.map((kind) => this.cacheOf(kind).waitUntilCurrent()));
    }
  }

  private cacheOf(kind: string) {
    const resource = RESOURCES[kind];
    if (!resource) throw new Error(`${kind} is no kind of RBAC`);
    return this.registry.cacheOf(resource);
  }

  private existing(kinds: readonly string[]): RbacObject[] {
    return kinds.flatMap((kind) =>
      this.cacheOf(kind)
        .table.list('')
        .map(({ object }) => object as unknown as RbacObject),
    );
  }

  private async write({ verb, object }: RbacWrite): Promise<void> {
    const cache = this.cacheOf(object.kind);
    const { registry } = this;
    if (verb === 'create') return createMissing(registry, cache.kind, structuredClone(object));
    const { name, namespace = '', resourceVersion } = object.metadata;
    try {
      await changeStored(
        { kind: cache.kind, cache },
        namespace,
        name,
        { dryRun: false, expectedVersion: verb === 'update' ? resourceVersion : undefined },
        () => (verb === 'recreate' ? { remove: true } : { next: object }),
      );
    } catch (error) {
      // Somebody else was here: the next round looks at what he left.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}
