/**
 * The informers of one process: controllers that follow the same resource with the same selectors share one.
 *
 * They start together, once every controller has said what it follows.
 */
import type { KubeObject } from '../api/meta';
import { qualifiedName, type Resource } from '../api/resource';
import type { ApiClient, ListQuery } from '../client/client';
import type { Informer, InformerHandler } from '../client/informer';
import { startInformer } from '../client/start-informer';
import type { Logger } from '../process/component';

/**
 * Waking up is most of what an event costs a controller. It hears of a lone event at once; in a burst, of all that came in this
 * time together.
 */
const BATCH_MILLISECONDS = 20;

export type Selectors = Pick<ListQuery, 'labelSelector' | 'fieldSelector'>;

/** An informer and what it shows of its resource. */
export interface SharedInformer {
  readonly informer: Informer<KubeObject>;
  readonly selectors: Selectors;
}

export class SharedInformers {
  private readonly informers = new Map<string, SharedInformer>();
  constructor(
    private readonly client: ApiClient,
    private readonly log: Logger,
  ) {}

  /** The informer for this resource and selectors, started when it is new. */
  for(resource: Resource, selectors: Selectors = {}): SharedInformer {
    const { labelSelector = '', fieldSelector = '' } = selectors;
    const id = [qualifiedName(resource), labelSelector, fieldSelector].join('|');
    let shared = this.informers.get(id);
    if (!shared) {
      const query = { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}) };
      const informer = startInformer(
        this.client,
        resource,
        { ...query, batchMilliseconds: BATCH_MILLISECONDS },
        this.log,
      );
      shared = { informer, selectors: query };
      this.informers.set(id, shared);
    }
    return shared;
  }

  /** Adds a handler to an informer of {@link for}. */
  listen({ informer }: SharedInformer, handler: InformerHandler<KubeObject>): void {
    informer.addHandler(handler);
  }

  all(): readonly SharedInformer[] {
    return [...this.informers.values()];
  }

  async whenSynced(): Promise<void> {
    await Promise.all(this.all().map(({ informer }) => informer.whenSynced()));
  }

  /** Names of the resources whose first list is not in yet. */
  missing(): string[] {
    return this.all()
      .filter(({ informer }) => !informer.hasSynced)
      .map(({ informer }) => qualifiedName(informer.resource));
  }

  stop(): void {
    for (const { informer } of this.all()) informer.stop();
  }
}
