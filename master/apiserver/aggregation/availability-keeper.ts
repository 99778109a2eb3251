/**
 * Keeps the condition `Available` of every APIService up to date: after each change of it, of its Service or of its endpoints, every 30 seconds,
 * and while it fails again and again with growing pauses.
 *
 * Services and endpoints are followed only while some APIService needs one.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/api-service-v1/
 */
import { type APIService, apiServiceResource } from '../../../helper/api/apiregistration/api-service';
import { serviceResource } from '../../../helper/api/core/service';
import { endpointSliceResource } from '../../../helper/api/discovery/endpoint-slice';
import { isConflict, isNotFound } from '../../../helper/api/status-error';
import { WorkQueue } from '../../../helper/controller/work-queue';
import type { Logger } from '../../../helper/process/component';
import { CacheFollower } from '../auth/cache-follower';
import type { Registry } from '../registry';
import { changeStored } from '../rest/store-write';
import { type Availability, availabilityOf, LOCAL, withAvailability } from './availability';
import type { ExtensionRoutes } from './extension-routes';

const RESYNC_MS = 30_000;
/** A cache that started over from a list is only noticed by asking. */
const CATCH_UP_MS = 5_000;
const WORKERS = 2;

export class AvailabilityKeeper {
  private readonly queue = new WorkQueue();
  private followers: readonly CacheFollower[] = [];
  private timer: NodeJS.Timeout | undefined;
  private lastResync = Date.now();

  constructor(
    private readonly registry: Registry,
    private readonly routes: ExtensionRoutes,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.routes.onChange((name) => this.queue.add(name));
    for (const { object } of this.registry.cacheOf(apiServiceResource).table.list(''))
      this.queue.add(object.metadata.name);
    this.timer = setInterval(() => this.catchUp(), CATCH_UP_MS).unref();
    for (let worker = 0; worker < WORKERS; worker++) void this.work();
  }

  stop(): void {
    clearInterval(this.timer);
    this.queue.shutDown();
  }

  private catchUp(): void {
    this.routes.catchUp();
    for (const follower of this.followers) follower.catchUp();
    if (this.routes.size === 0 || Date.now() - this.lastResync < RESYNC_MS) return;
    this.lastResync = Date.now();
    for (const { name } of this.routes.all()) this.queue.add(name);
  }

  /** Hears of Services and endpoints from now on. */
  private followServices(): void {
    if (this.followers.length > 0) return;
    const wake = (namespace: string, name: string | undefined) => {
      for (const { name: apiService, service } of this.routes.all()) {
        if (service.namespace === namespace && service.name === name) this.queue.add(apiService);
      }
    };
    const nothing = () => undefined;
    this.followers = [
      new CacheFollower(this.registry.cacheOf(serviceResource), {
        startOver: nothing,
        apply: ({ current: { namespace, name } }) => wake(namespace, name),
      }),
      new CacheFollower(this.registry.cacheOf(endpointSliceResource), {
        startOver: nothing,
        apply: ({ current, previous }) => {
          // A deleted slice says no more whose it was.
          const { metadata } = (previous ?? current).object;
          wake(current.namespace, metadata.labels?.['kubernetes.io/service-name']);
        },
      }),
    ];
    for (const follower of this.followers) follower.catchUp();
  }

  private async work(): Promise<void> {
    for (;;) {
      const name = await this.queue.get();
      if (name === undefined) return;
      try {
        await this.check(name);
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) {
          this.log.warn({ err: error, apiService: name }, 'the availability of an API service could not be written');
        }
        if (!isNotFound(error)) this.queue.addRateLimited(name);
      }
      this.queue.done(name);
    }
  }

  private async check(name: string): Promise<void> {
    const extension = this.routes.get(name);
    if (!extension) return this.write(name, LOCAL, () => this.routes.get(name) === undefined);
    this.followServices();
    const availability = await availabilityOf(this.registry, extension);
    await this.write(name, availability, () => this.routes.get(name) === extension);
    if (availability.reason === 'FailedDiscoveryCheck') this.queue.addRateLimited(name);
    else this.queue.forget(name);
  }

  /** `isStill` says whether what was looked at is what the APIService says now. */
  private async write(name: string, availability: Availability, isStill: () => boolean): Promise<void> {
    const cache = this.registry.cacheOf(apiServiceResource);
    if (!cache.get('', name) || !isStill()) return;
    await changeStored({ kind: cache.kind, cache }, '', name, { dryRun: false }, (current) => {
      const next = withAvailability(current.copy<APIService>(), availability, new Date());
      return { next };
    });
  }
}
