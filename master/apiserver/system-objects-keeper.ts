/**
 * Makes again what the cluster cannot do without, when somebody deleted it: the system namespaces that may be deleted
 * (kube-node-lease), and the Service by which pods find the API.
 *
 * It looks at the caches every few seconds and writes only what is missing, with the very steps of the first start (`bootstrap.ts`).
 * Kubernetes does the same, every 10 seconds for the Service and every minute for the namespaces.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces
 */
import { endpointsResource } from '../../helper/api/core/endpoints';
import { serviceResource } from '../../helper/api/core/service';
import { endpointSliceResource } from '../../helper/api/discovery/endpoint-slice';
import { type Clock, systemClock } from '../../helper/process/clock';
import type { Logger } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import { createSystemNamespaces, publishApiServer } from './bootstrap';
import type { Registry } from './registry';

/** How often it looks. */
export const LOOK_INTERVAL_MS = 10_000;

const PUBLISHED = [serviceResource, endpointsResource, endpointSliceResource];

export class SystemObjectsKeeper {
  private cancel: (() => void) | undefined;
  private stopped = false;

  constructor(
    private readonly registry: Registry,
    private readonly settings: Settings,
    private readonly log: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  start(): void {
    if (!this.stopped) this.cancel = this.clock.after(LOOK_INTERVAL_MS, () => void this.look());
  }

  stop(): void {
    this.stopped = true;
    this.cancel?.();
  }

  private async look(): Promise<void> {
    try {
      await createSystemNamespaces(this.registry);
      const isPublished = PUBLISHED.every((resource) => this.registry.cacheOf(resource).get('default', 'kubernetes'));
      if (!isPublished) await publishApiServer(this.registry, this.settings);
    } catch (error) {
      this.log.warn(
        { err: error },
        'system namespaces and the Service kubernetes could not be looked after; trying again',
      );
    }
    this.start();
  }
}
