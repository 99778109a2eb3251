/**
 * The last events of a kind, so that a watcher that was away for a moment goes on where it stopped.
 *
 * Bounded: what is older than the window is 410 Expired, and the client lists again.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses
 */
import type { CachedObject } from './cached-object';
import type { ChangeType } from './watch-lines';

/** One write as watchers see it. Of a deletion, `current` is the last state, with the revision of the deletion. */
export interface CacheEvent {
  readonly type: 'put' | 'delete';
  readonly revision: number;
  readonly current: CachedObject;
  /** the state before; undefined when the object is new */
  readonly previous: CachedObject | undefined;
  /** the watch line without transformation, framed as a chunk, by type, built once for all watchers */
  readonly chunks: Partial<Record<ChangeType, Buffer>>;
  /** the same without managedFields */
  readonly leanChunks: Partial<Record<ChangeType, Buffer>>;
}

/** Enough for several seconds of a write storm; an event holds two object states. */
const DEFAULT_LIMIT = 2048;

export class EventWindow {
  private events: CacheEvent[] = [];
  private start = 0;

  constructor(
    /** every event after this revision is here */
    private oldest: number,
    private readonly limit = DEFAULT_LIMIT,
  ) {}

  /** A watch can go on after this revision and any later one. */
  get oldestRevision(): number {
    return this.oldest;
  }

  push(event: CacheEvent): void {
    this.events.push(event);
    if (this.events.length - this.start <= this.limit) return;
    this.oldest = this.events[this.start]?.revision ?? this.oldest;
    this.start++;
    // Cut the dead front off now and then instead of shifting every time.
    if (this.start < this.limit) return;
    this.events = this.events.slice(this.start);
    this.start = 0;
  }

  /** Events after `revision`, oldest first; undefined when some of them are gone. */
  after(revision: number): CacheEvent[] | undefined {
    if (revision < this.oldest) return undefined;
    let low = this.start;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.events.slice(low);
  }
}
