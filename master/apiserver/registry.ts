/**
 * Everything the api-server serves: one row of the table of kinds with its watch cache each, over one store.
 *
 * Handlers get it with every request. Looking a kind up is one Map access: it happens on every request.
 */

import type { Kind } from '../../helper/api/kind';
import { KINDS } from '../../helper/api/kinds';
import type { Resource } from '../../helper/api/resource';
import type { Logger } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import type { Store } from '../storage/store';
import { WatchCache } from './watch/watch-cache';

export class Registry {
  private readonly caches = new Map<string, WatchCache>();

  constructor(
    readonly store: Store,
    readonly settings: Settings,
    readonly log: Logger,
    readonly kinds: readonly Kind[] = KINDS,
  ) {
    for (const kind of kinds) {
      if (kind.stored !== false) this.caches.set(pathOf(kind), new WatchCache(kind, store, log));
    }
  }

  /** Resolves when every cache holds the state of the store. */
  async start(): Promise<void> {
    await Promise.all([...this.caches.values()].map((cache) => cache.start()));
  }

  stop(): void {
    for (const cache of this.caches.values()) cache.stop();
  }

  /** The cache of what a path names; undefined when no such kind is served. */
  find(group: string, version: string, plural: string): WatchCache | undefined {
    return this.caches.get(`${group}/${version}/${plural}`);
  }

  /** The cache of a kind that is in the table. */
  cacheOf(resource: Pick<Resource, 'group' | 'version' | 'plural'>): WatchCache {
    const cache = this.caches.get(pathOf(resource));
    if (!cache) throw new Error(`kind ${resource.plural} is not served`);
    return cache;
  }

  allCaches(): Iterable<WatchCache> {
    return this.caches.values();
  }
}

const pathOf = ({ group, version, plural }: Pick<Resource, 'group' | 'version' | 'plural'>) =>
  `${group}/${version}/${plural}`;
