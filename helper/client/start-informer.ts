/**
 * The informer: keeps a local copy of one resource exact, by list and watch, for as long as it runs.
 *
 * The loop: list; watch from the list's revision; when the watch ends, watch again from the last revision seen; when the
 * server no longer knows that revision (410) or the watch cannot be followed, list again and compare, so that handlers hear
 * of deletions they missed. Failures wait with back-off. Nothing is ever skipped silently: either every event since the
 * last revision was seen, or there is a new list.
 * The copy is without managedFields: nobody who follows a resource looks at them, and they are two fifths of a small pod.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import type { KubeObject, WatchEvent } from '../api/meta';
import { objectKey } from '../api/meta';
import { qualifiedName, type Resource } from '../api/resource';
import { isExpired, StatusError } from '../api/status-error';
import type { Logger } from '../process/component';
import { BackOff } from './back-off';
import type { ApiClient, WatchQuery } from './client';
import type { Informer, InformerHandler } from './informer';
import { type CacheChange, ObjectCache } from './object-cache';

/** What of a resource to follow, and how promptly. */
export type InformerQuery = Pick<WatchQuery, 'namespace' | 'labelSelector' | 'fieldSelector' | 'batchMilliseconds'>;

export interface InformerOptions {
  /** wait before the first retry and the longest wait; a lost server is asked again within a second */
  readonly retryMs?: { readonly firstMs: number; readonly longestMs: number };
}

const RETRY_MS = { firstMs: 50, longestMs: 5_000 };
/** Watches are renewed after 5 to 10 minutes, spread out, as client-go does. */
const WATCH_SECONDS = { least: 300, spread: 300 };

/** Starts following the resource at once. Handlers added before the first list hear of every object in it. */
export function startInformer<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  query: InformerQuery = {},
  log?: Logger,
  options: InformerOptions = {},
): Informer<T> {
  const informer = new WatchingInformer(client, resource, query, log, new BackOff(options.retryMs ?? RETRY_MS));
  void informer.run();
  return informer;
}

/** The server answered, and would answer the same to this revision again: it is too old, or of another store (too new). */
function cannotResume(error: unknown): boolean {
  return isExpired(error) || (error instanceof StatusError && [400, 404, 422, 504].includes(error.code));
}

/** A server may send them all the same, and every list has them. */
function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (!object.metadata.managedFields) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

class WatchingInformer<T extends KubeObject> implements Informer<T> {
  private readonly cache = new ObjectCache<T>();
  private readonly handlers: InformerHandler<T>[] = [];
  private readonly stopped = new AbortController();
  private readonly synced: Promise<void>;
  private markSynced: () => void = () => {};
  hasSynced = false;
  resourceVersion = '';

  constructor(
    private readonly client: ApiClient,
    readonly resource: Resource<T>,
    private readonly query: InformerQuery,
    private readonly log: Logger | undefined,
    private readonly backOff: BackOff,
  ) {
    this.synced = new Promise((resolve) => {
      this.markSynced = resolve;
    });
  }

  get(namespace: string, name: string): T | undefined {
    return this.cache.get(namespace ? `${namespace}/${name}` : name);
  }

  list(namespace?: string): readonly T[] {
    return this.cache.list(namespace);
  }

  ownedBy(uid: string): readonly T[] {
    return this.cache.ownedBy(uid);
  }

  addHandler(handler: InformerHandler<T>): void {
    this.handlers.push(handler);
    // A late handler hears of what is there already, as if it had just appeared.
    if (this.hasSynced) for (const after of this.cache.list()) this.tell(handler, { before: undefined, after });
  }

  whenSynced(): Promise<void> {
    return this.synced;
  }

  stop(): void {
    this.stopped.abort();
  }

  async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        if (!this.resourceVersion) await this.relist();
        await this.follow();
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        await this.recover(error);
      }
    }
  }

  private async relist(): Promise<void> {
    const { batchMilliseconds: _, ...query } = this.query;
    const list = await this.client.list(this.resource, query);
    if (this.stopped.signal.aborted) return;
    const changes = this.cache.replace(list.items.map(withoutManagedFields));
    this.resourceVersion = list.metadata.resourceVersion ?? '';
    this.hasSynced = true;
    for (const change of changes) this.tellAll(change);
    this.markSynced();
  }

  /** One watch, from its start to its end. */
  private async follow(): Promise<void> {
    const timeoutSeconds = Math.round(WATCH_SECONDS.least + Math.random() * WATCH_SECONDS.spread);
    const query = {
      ...this.query,
      resourceVersion: this.resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds,
      omitManagedFields: true,
    };
    const began = Date.now();
    let events = 0;
    for await (const event of this.client.watch(this.resource, query, this.stopped.signal)) {
      if (this.stopped.signal.aborted) return;
      events += 1;
      this.backOff.reset();
      this.apply(event);
    }
    // A server that accepts watches and ends them at once must not be asked in a tight loop.
    if (events === 0 && Date.now() - began < 1000) await this.pause(this.backOff.next());
  }

  private apply({ type, object }: WatchEvent<T>): void {
    if (type !== 'BOOKMARK') {
      const change =
        type === 'DELETED' ? this.cache.remove(objectKey(object)) : this.cache.put(withoutManagedFields(object));
      this.resourceVersion = object.metadata.resourceVersion ?? this.resourceVersion;
      if (change) this.tellAll(change);
    } else {
      this.resourceVersion = object.metadata.resourceVersion ?? this.resourceVersion;
    }
  }

  /** Expired: list anew, at once the first time. Anything else: wait, then go on from the last revision. */
  private async recover(error: unknown): Promise<void> {
    const what = qualifiedName(this.resource);
    if (cannotResume(error)) {
      this.log?.info({ resource: what, resourceVersion: this.resourceVersion }, 'revision not served, listing again');
      this.resourceVersion = '';
    } else {
      this.log?.warn({ resource: what, error: error instanceof Error ? error.message : String(error) }, 'watch lost');
    }
    await this.pause(this.backOff.next());
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.stopped;
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done);
    });
  }

  private tellAll(change: CacheChange<T>): void {
    for (const handler of this.handlers) this.tell(handler, change);
  }

  /** A handler that throws must not cost the others their event, nor the informer its loop. */
  private tell(handler: InformerHandler<T>, { before, after }: CacheChange<T>): void {
    try {
      handler.onChange(before, after);
    } catch (error) {
      this.log?.error({ err: error, resource: qualifiedName(this.resource) }, 'an informer handler failed');
    }
  }
}
