/**
 * Everything the api-server serves: one row of the table of kinds with its watch cache each, over one store.
 *
 * Handlers get it with every request. Looking a kind up is one Map access: it happens on every request. Kinds come and go
 * while the server runs (custom resources); `generation` grows with each change, so that whoever made something of the rows
 * (discovery, OpenAPI) knows when to make it anew.
 */

import { isFaceOfAnother, type Kind } from '../../helper/api/kind';
import { KINDS } from '../../helper/api/kinds';
import type { Resource } from '../../helper/api/resource';
import type { Logger } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import type { Store } from '../storage/store';
import { FaceStore } from './watch/face-store';
import { WatchCache } from './watch/watch-cache';

type Path = Pick<Resource, 'group' | 'version' | 'plural'>;

export class Registry {
  private readonly caches = new Map<string, WatchCache>();
  private rows: readonly Kind[];
  private changes = 0;

  constructor(
    readonly store: Store,
    readonly settings: Settings,
    readonly log: Logger,
    kinds: readonly Kind[] = KINDS,
  ) {
    this.rows = kinds;
    for (const kind of kinds) {
      if (kind.stored !== false) this.caches.set(pathOf(kind), this.cacheFor(kind));
    }
  }

  get kinds(): readonly Kind[] {
    return this.rows;
  }

  get generation(): number {
    return this.changes;
  }

  /** Resolves when every cache holds the state of the store; faces of other rows are filled when they are first asked. */
  async start(): Promise<void> {
    await Promise.all([...this.allCaches()].map((cache) => cache.whenReady()));
  }

  stop(): void {
    for (const cache of this.caches.values()) cache.stop();
  }

  /**
   * Serves one more kind, or another row in place of the one at its path, whose watches end. Resolves when it can be read; with
   * `fills` false at once, and whoever reads it first waits.
   */
  async addKind(kind: Kind, fills = true): Promise<void> {
    const path = pathOf(kind);
    const cache = this.cacheFor(kind);
    if (fills && !isFaceOfAnother(kind)) await cache.whenReady();
    this.caches.get(path)?.stop();
    this.caches.set(path, cache);
    this.rows = [...this.rows.filter((row) => pathOf(row) !== path), kind];
    this.changes++;
  }

  /** Ends the watches of a kind and serves it no more; its objects stay in the store. Nothing happens when it was not served. */
  removeKind(resource: Path): void {
    const path = pathOf(resource);
    const cache = this.caches.get(path);
    if (!cache) return;
    this.caches.delete(path);
    this.rows = this.rows.filter((row) => pathOf(row) !== path);
    this.changes++;
    cache.stop();
  }

  /** The cache of what a path names; undefined when no such kind is served. */
  find(group: string, version: string, plural: string): WatchCache | undefined {
    return this.caches.get(`${group}/${version}/${plural}`);
  }

  /** The row of a kind that is asked and never stored; undefined when the path names none. */
  findUnstored(group: string, version: string, plural: string): Kind | undefined {
    return this.rows.find(
      (row) => row.stored === false && row.plural === plural && row.group === group && row.version === version,
    );
  }

  /** The cache of a kind that is in the table. */
  cacheOf(resource: Path): WatchCache {
    const cache = this.caches.get(pathOf(resource));
    if (!cache) throw new Error(`kind ${resource.plural} is not served`);
    return cache;
  }

  /** One cache for everything that is stored: those of rows that only show another's objects are left out. */
  *allCaches(): Iterable<WatchCache> {
    for (const cache of this.caches.values()) if (!isFaceOfAnother(cache.kind)) yield cache;
  }

  private cacheFor(kind: Kind): WatchCache {
    return new WatchCache(kind, kind.face ? new FaceStore(this.store, kind, kind.face) : this.store, this.log);
  }
}

const pathOf = ({ group, version, plural }: Path) => `${group}/${version}/${plural}`;
