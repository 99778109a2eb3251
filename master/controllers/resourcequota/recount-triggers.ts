/**
 * Notices when something that quotas count was changed or deleted, so that what it used is free again soon.
 *
 * Only kinds that some quota counts are followed, by metadata alone, and none while there is no quota. New objects are no reason
 * to count: admission has booked them. Many changes in a row make one count.
 */
import { type ResourceQuota, resourceQuotaResource } from '../../../helper/api/core/resource-quota';
import { objectKey } from '../../../helper/api/meta';
import { qualifiedName, type Resource } from '../../../helper/api/resource';
import type { ApiClient } from '../../../helper/client/client';
import { discoverResources } from '../../../helper/client/discovery';
import type { Cache, Informer } from '../../../helper/client/informer';
import { startInformer } from '../../../helper/client/start-informer';
import type { Logger } from '../../../helper/process/component';
import { countedTypes } from './counted-types';

/** Changes within this time are one. */
const GATHER_MS = 100;
/** Custom resources come later than the quota that counts them. */
const DISCOVERY_MS = 30_000;

export class RecountTriggers {
  private readonly informers = new Map<string, Informer<never>>();
  private readonly gathered = new Map<string, NodeJS.Timeout>();
  private served: { readonly at: number; readonly types: ReturnType<typeof discoverResources> } | undefined;

  constructor(
    private readonly client: ApiClient,
    /** the same, for metadata alone */
    private readonly metadata: ApiClient,
    private readonly log: Logger,
    private readonly wake: (namespace: string) => void,
  ) {}

  /** The kinds this quota counts; from now on their changes wake its namespace. */
  async follow({ spec }: ResourceQuota): Promise<ReturnType<typeof countedTypes>> {
    const types = countedTypes(Object.keys(spec?.hard ?? {}), await this.discover());
    for (const type of types) this.start(type);
    return types;
  }

  stop(): void {
    for (const informer of this.informers.values()) informer.stop();
    for (const timer of this.gathered.values()) clearTimeout(timer);
  }

  private async discover() {
    if (!this.served || Date.now() - this.served.at > DISCOVERY_MS) {
      this.served = { at: Date.now(), types: discoverResources(this.client) };
    }
    try {
      return (await this.served.types).resources;
    } catch (error) {
      this.served = undefined;
      throw error;
    }
  }

  private start(type: Resource): void {
    const name = qualifiedName(type);
    // The controller follows quotas anyway.
    if (this.informers.has(name) || name === resourceQuotaResource.plural) return;
    const informer = startInformer(this.metadata, type as Resource<never>, {}, this.log);
    informer.addHandler({
      onChange: (before: { metadata: { namespace?: string } } | undefined) => {
        if (before) this.gather(before.metadata.namespace ?? '');
      },
    });
    this.informers.set(name, informer);
  }

  private gather(namespace: string): void {
    if (this.gathered.has(namespace)) return;
    const timer = setTimeout(() => {
      this.gathered.delete(namespace);
      this.wake(namespace);
    }, GATHER_MS);
    this.gathered.set(namespace, timer);
  }
}

/** Keys of the quotas of a namespace. */
export function quotaKeysIn(quotas: Cache<ResourceQuota>, namespace: string): string[] {
  return quotas.list(namespace).map(objectKey);
}
