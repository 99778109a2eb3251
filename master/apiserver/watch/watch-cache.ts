/**
 * The watch cache of one kind: all its objects in memory, fed by one store watch, serving every read and every watcher.
 *
 * Start: list, then watch from the list's revision, so nothing is missed. Every event changes the table, enters the window and
 * goes to the watchers, in that order and in one stretch: whoever reads after a write was answered finds it here.
 * A read that must be current asks the store for its revision and waits until the cache has reached it.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */

import { type Kind, storedAs } from '../../../helper/api/kind';
import type { Logger } from '../../../helper/process/component';
import { CompactedError, type StoreEvent, type StoreWatch, storePrefix } from '../../storage/store';
import { tooLargeRevision } from '../rest/revision-errors';
import { type CachedObject, cachedObject } from './cached-object';
import { type CacheEvent, EventWindow } from './event-window';
import type { ObjectStore } from './face-store';
import { ObjectTable } from './object-table';

/** How long a read waits for the cache to reach a revision, as in Kubernetes. */
const FRESHNESS_TIMEOUT_MS = 3_000;
const RELIST_DELAY_MS = 500;

/** Takes part in a cache's stream of events. */
export interface EventSink {
  onEvent(event: CacheEvent): void;
  /** The cache starts over from a list; events may have been missed. */
  onReset(): void;
}

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

export class WatchCache {
  readonly table = new ObjectTable();
  private window = new EventWindow(0);
  private readonly sinks = new Set<EventSink>();
  private waiters: Waiter[] = [];
  private watch: StoreWatch | undefined;
  private stopped = false;
  private isReady = false;
  private starting: Promise<void> | undefined;
  /** everything up to this revision is in the table */
  revision = 0;

  constructor(
    readonly kind: Kind,
    /** where the objects of this kind are read and written, in the kind's own form */
    readonly store: ObjectStore,
    private readonly log: Logger,
  ) {}

  /** undefined when the cache can be read; otherwise it is filled now, and the promise says when that is done. */
  whenReady(): Promise<void> | undefined {
    if (this.isReady) return undefined;
    this.starting ??= this.start().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  /** Resolves when the cache holds the state of the store. */
  private async start(): Promise<void> {
    const prefix = storePrefix(storedAs(this.kind));
    const { items, revision } = await this.store.list(prefix);
    if (this.stopped) return;
    this.table.clear();
    for (const { key, value, revision: written } of items) {
      this.table.put(cachedObject(this.kind, key, value, written));
    }
    this.window = new EventWindow(revision);
    this.watch = this.store.watch(prefix, revision, {
      onEvent: (event) => this.onEvent(event),
      onProgress: (reached) => this.onProgress(reached),
      onEnd: (error) => this.onEnd(error),
    });
    this.onProgress(revision);
    this.isReady = true;
  }

  stop(): void {
    this.stopped = true;
    this.watch?.cancel();
    for (const sink of [...this.sinks]) sink.onReset();
  }

  /** A watch can resume after this revision. */
  get oldestRevision(): number {
    return this.window.oldestRevision;
  }

  get watcherCount(): number {
    return this.sinks.size;
  }

  /** Resolves when the cache shows every write up to `revision`; throws Timeout, as Kubernetes words it, when that takes too long. */
  waitUntil(revision: number): Promise<void> | undefined {
    if (this.revision >= revision) return undefined;
    return new Promise((resolve, reject) => {
      const waiter = {
        revision,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        reject(tooLargeRevision(revision, this.revision));
      }, FRESHNESS_TIMEOUT_MS);
      this.waiters.push(waiter);
    });
  }

  /** Resolves when the cache shows every write that was answered before this call; undefined when it does already. */
  waitUntilCurrent(): Promise<void> | undefined {
    const newest = this.store.currentRevision();
    return typeof newest === 'number' ? this.waitUntil(newest) : newest.then((revision) => this.waitUntil(revision));
  }

  /**
   * Joins the stream after `revision`: returns the events since then, and calls the sink for all later ones. undefined when
   * the window does not reach back that far.
   */
  subscribe(revision: number, sink: EventSink): CacheEvent[] | undefined {
    const missed = this.window.after(revision);
    if (missed) this.sinks.add(sink);
    return missed;
  }

  unsubscribe(sink: EventSink): void {
    this.sinks.delete(sink);
  }

  private onEvent({ type, key, value, revision }: StoreEvent): void {
    const current = cachedObject(this.kind, key, value, revision);
    const previous = this.table.get(current.namespace, current.name);
    if (type === 'put') this.table.put(current);
    else this.table.remove(current.namespace, current.name);
    this.revision = revision;
    const event: CacheEvent = { type, revision, current, previous, chunks: {}, leanChunks: {} };
    this.window.push(event);
    for (const sink of this.sinks) sink.onEvent(event);
  }

  private onProgress(revision: number): void {
    if (revision > this.revision) this.revision = revision;
    if (this.waiters.length === 0) return;
    const ready = this.waiters.filter((waiter) => waiter.revision <= this.revision);
    this.waiters = this.waiters.filter((waiter) => waiter.revision > this.revision);
    for (const { resolve } of ready) resolve();
  }

  private onEnd(error: Error): void {
    if (this.stopped) return;
    this.log.warn({ err: error, kind: this.kind.kind }, 'the watch cache lost its watch and starts over from a list');
    for (const sink of [...this.sinks]) sink.onReset();
    this.sinks.clear();
    this.startOver(error instanceof CompactedError ? 0 : RELIST_DELAY_MS);
  }

  private startOver(delayMs: number): void {
    const timer = setTimeout(() => {
      this.start().catch((error) => {
        this.log.error({ err: error, kind: this.kind.kind }, 'the watch cache cannot list; trying again');
        if (!this.stopped) this.startOver(RELIST_DELAY_MS);
      });
    }, delayMs);
    timer.unref();
  }

  /** The object now; undefined when there is none. */
  get(namespace: string, name: string): CachedObject | undefined {
    return this.table.get(namespace, name);
  }
}
