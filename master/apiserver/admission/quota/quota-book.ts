/**
 * Books what a write uses on its ResourceQuotas before the write, and takes it back when the write fails.
 *
 * A booking is a write of the quota's status on the very state it was decided from, so no two of them can both take the last
 * piece, whichever api-server they go through. The other danger is the controller that counts anew: its count may be from between a
 * booking and the object it was made for. So a count is refused that was begun on a state of the quota from before the last
 * booked object was stored; the quota then gets a new revision, and the controller, which has to see that, counts again.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { Amounts } from '../../../../helper/api/core/pod-amounts';
import { type ResourceQuota, resourceQuotaResource } from '../../../../helper/api/core/resource-quota';
import { conflict, isNotFound } from '../../../../helper/api/status-error';
import type { Registry } from '../../registry';
import type { KeyedQueue } from '../../rest/keyed-queue';
import { changeStored } from '../../rest/store-write';
import type { CachedObject } from '../../watch/cached-object';
import { withCharge, withoutCharge } from './charge';

const keyOf = (namespace: string, name: string) => `${resourceQuotaResource.plural}/${namespace}/${name}`;

export class QuotaBook {
  /** quota -> bookings whose object is not stored yet */
  private readonly open = new Map<string, number>();
  /** quota -> revision by which every object booked so far was stored */
  private readonly settledAt = new Map<string, number>();

  constructor(
    private readonly registry: Registry,
    private readonly writers: KeyedQueue,
  ) {}

  /** Books; `check` throws when it does not fit the state it is shown. */
  async book(namespace: string, name: string, charge: Amounts, check: (quota: ResourceQuota) => void): Promise<void> {
    const key = keyOf(namespace, name);
    this.open.set(key, (this.open.get(key) ?? 0) + 1);
    try {
      await this.change(namespace, name, (quota) => {
        check(quota);
        return withCharge(quota, charge);
      });
    } catch (error) {
      this.close(key);
      throw error;
    }
  }

  /** Ends a booking of {@link book}; the charge of an object that was not stored is taken back. Does not throw. */
  async settle(namespace: string, name: string, charge: Amounts, isStored: boolean): Promise<void> {
    try {
      if (!isStored) await this.change(namespace, name, (quota) => withoutCharge(quota, charge));
    } catch (error) {
      // The controller counts anew some time: too much is booked until then, never too little.
      if (!isNotFound(error)) this.registry.log.warn({ err: error, quota: name }, 'a booking could not be taken back');
    } finally {
      await this.note(namespace, name);
      this.close(keyOf(namespace, name));
    }
  }

  /**
   * Throws Conflict when a count that was begun at `resourceVersion` of the quota may have missed something booked.
   */
  async refuseStaleCount(namespace: string, name: string, resourceVersion: string): Promise<void> {
    const key = keyOf(namespace, name);
    const stored = this.settledAt.get(key) ?? 0;
    const isOpen = this.open.has(key);
    if (!isOpen && Number(resourceVersion) > stored) return;
    if (!isOpen && stored > 0) await this.renew(namespace, name, stored);
    throw conflict(resourceQuotaResource, name, 'objects were admitted since; please count again');
  }

  private close(key: string): void {
    const left = (this.open.get(key) ?? 1) - 1;
    if (left > 0) this.open.set(key, left);
    else this.open.delete(key);
  }

  private async note(namespace: string, name: string): Promise<void> {
    const key = keyOf(namespace, name);
    // Without the quota there is nothing to count any more.
    if (this.registry.cacheOf(resourceQuotaResource).get(namespace, name)) {
      this.settledAt.set(key, await this.registry.store.currentRevision());
    } else this.settledAt.delete(key);
  }

  /** Writes the quota as it is, for the sake of a revision later than `revision`. */
  private async renew(namespace: string, name: string, revision: number): Promise<void> {
    await this.writers.run(keyOf(namespace, name), async () => {
      const { store, log } = this.registry;
      const current: CachedObject | undefined = this.registry.cacheOf(resourceQuotaResource).get(namespace, name);
      if (!current || current.revision > revision) return;
      const found = await store.get(current.key);
      if (!found || found.revision > revision) return;
      await store
        .update(found.key, found.value, found.revision)
        .catch((error) => log.debug({ err: error, quota: name }, 'somebody else wrote the quota'));
    });
  }

  private change(namespace: string, name: string, next: (quota: ResourceQuota) => ResourceQuota): Promise<unknown> {
    const cache = this.registry.cacheOf(resourceQuotaResource);
    const target = { kind: cache.kind, cache, registry: this.registry };
    return this.writers.run(keyOf(namespace, name), () =>
      changeStored(target, namespace, name, { dryRun: false }, (current) => ({
        next: next(current.object as ResourceQuota),
      })),
    );
  }
}
