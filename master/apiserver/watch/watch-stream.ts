/**
 * One watcher: turns the events of a cache into lines for one client, in order, none missing.
 *
 * A selected watcher sees objects come and go: one that starts to match is ADDED, one that no longer matches is DELETED. A client that
 * reads too slowly gets events queued by reference (their bytes are shared); when too many wait, its stream is ended and it
 * resumes from its last resourceVersion: never unbounded memory, never a silent gap.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import type { WatchEvent } from '../../../helper/api/meta';
import { CachedObject } from './cached-object';
import { framed } from './chunk-writer';
import type { CacheEvent } from './event-window';
import { withoutManagedFields } from './lean-bytes';
import type { LineWriter } from './line-writer';
import type { EventSink, WatchCache } from './watch-cache';
import { bookmarkEvent, type ChangeType, changeLine, valueLine } from './watch-lines';

/** Events a slow client may be behind. */
const MAX_QUEUED = 4096;
/** Bytes handed to the connection at once: the rest waits as references to shared objects. */
const MAX_BURST_BYTES = 256 * 1024;
const BOOKMARK_INTERVAL_MS = 30_000;

export interface WatchOptions {
  /** '' = all namespaces */
  readonly namespace: string;
  /** undefined = every object of the namespace */
  readonly selects: ((object: CachedObject) => boolean) | undefined;
  /** undefined = objects go out as they are */
  readonly transform: ((event: WatchEvent, isFirst: boolean) => unknown) | undefined;
  /** Objects go out without managedFields; a transform sees to that itself. */
  readonly isLean: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  /** Only later events are sent: a client may name a revision that is still to come. */
  readonly after: number;
  /** least time between two writes; 0 = what one round of the event loop brings goes out at its end */
  readonly batchMs: number;
  /** Runs once when the stream has ended, whoever ended it. */
  readonly onEnd: () => void;
}

/** One line that waits to be written. */
interface Queued {
  readonly type: ChangeType;
  readonly object: CachedObject;
  /** where the line is kept for all watchers; absent for initial objects */
  readonly event?: CacheEvent;
}

export class WatchStream implements EventSink {
  private queue: Queued[] = [];
  private blocked = false;
  private ended = false;
  private isFirst = true;
  private isScheduled = false;
  private lastFlush = 0;
  private readonly timers: NodeJS.Timeout[] = [];
  /** a bookmark that must follow the queued initial objects */
  private initialEnd: number | undefined;

  constructor(
    private readonly out: LineWriter,
    private readonly cache: WatchCache,
    private readonly options: WatchOptions,
  ) {}

  /** Lets the client know that it is connected, and listens for its end. */
  open(): void {
    this.out.open(
      () => this.onDrain(),
      () => this.end(),
    );
    this.timers.push(setTimeout(() => this.finish(), this.options.timeoutMs));
    if (this.options.bookmarks) this.timers.push(setInterval(() => this.bookmark(), BOOKMARK_INTERVAL_MS));
    for (const timer of this.timers) timer.unref();
  }

  /** The objects the client starts with, as ADDED; `endRevision` set: followed by the bookmark that says they are complete. */
  sendInitial(objects: readonly CachedObject[], endRevision: number | undefined): void {
    for (const object of objects) if (this.isSelected(object)) this.queue.push({ type: 'ADDED', object });
    this.initialEnd = endRevision;
    this.flush();
  }

  /** Ends with an ERROR event: what a client must know before it starts over. */
  fail(status: object): void {
    this.write([framed(valueLine({ type: 'ERROR', object: status }))]);
    this.finish();
  }

  onEvent(event: CacheEvent): void {
    const { namespace, after } = this.options;
    if (event.revision <= after) return;
    if (namespace && event.current.namespace !== namespace) return;
    const change = this.changeFor(event);
    if (!change) return;
    this.queue.push(change);
    if (this.blocked || this.queue.length > MAX_QUEUED) this.checkBound();
    else if (!this.isScheduled) this.schedule();
  }

  private checkBound(): void {
    if (this.queue.length > MAX_QUEUED + this.cache.table.size) this.cut();
  }

  /** Not at once: the writer gets its answer first, and what else this round of the loop brings travels along. */
  private schedule(): void {
    this.isScheduled = true;
    const { batchMs } = this.options;
    const wait = batchMs > 0 ? this.lastFlush + batchMs - performance.now() : 0;
    if (wait > 0) setTimeout(() => this.flushNow(), wait);
    else setImmediate(() => this.flushNow());
  }

  private flushNow(): void {
    this.isScheduled = false;
    this.lastFlush = performance.now();
    this.flush();
  }

  /** The cache starts over: events may be missing, so the client must too. */
  onReset(): void {
    this.finish();
  }

  private isSelected(object: CachedObject): boolean {
    const { namespace, selects } = this.options;
    return (!namespace || object.namespace === namespace) && (!selects || selects(object));
  }

  /** What the event is to this watcher; undefined when it never saw the object and still does not. */
  private changeFor(event: CacheEvent): Queued | undefined {
    const { current, previous } = event;
    const { selects } = this.options;
    const was = previous !== undefined && (!selects || selects(previous));
    if (event.type === 'delete') return was ? { type: 'DELETED', object: current, event } : undefined;
    const is = !selects || selects(current);
    if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: current, event };
    // It left the selection: the client gets the state it knew, with the revision of the change.
    return was ? { type: 'DELETED', object: atRevision(previous, current.revision) } : undefined;
  }

  /** The framed line of a change: the same bytes for every watcher that takes objects as they are. */
  private chunkOf({ type, object, event }: Queued): Buffer {
    const { transform, isLean } = this.options;
    if (transform) {
      const line = valueLine({ type, object: transform({ type, object: object.object }, this.isFirst) });
      this.isFirst = false;
      return framed(line);
    }
    const json = () => (isLean ? withoutManagedFields(object.bytes) : object.bytes);
    if (!event) return framed(changeLine(type, json()));
    const chunks = isLean ? event.leanChunks : event.chunks;
    chunks[type] ??= framed(changeLine(type, json()));
    return chunks[type];
  }

  private write(chunks: readonly Buffer[]): void {
    if (!this.ended && !this.out.write(chunks)) this.blocked = true;
  }

  private onDrain(): void {
    this.blocked = false;
    this.flush();
  }

  /** Sends what waits, as far as the client takes it. */
  private flush(): void {
    let sent = 0;
    while (!this.blocked && !this.ended && sent < this.queue.length) {
      const burst: Buffer[] = [];
      for (let bytes = 0; bytes < MAX_BURST_BYTES && sent < this.queue.length; sent++) {
        const chunk = this.chunkOf(this.queue[sent] as Queued);
        bytes += chunk.length;
        burst.push(chunk);
      }
      this.write(burst);
    }
    this.queue = sent < this.queue.length ? this.queue.slice(sent) : [];
    if (this.queue.length > 0 || this.initialEnd === undefined) return;
    this.sendBookmark(this.initialEnd, true);
    this.initialEnd = undefined;
  }

  private bookmark(): void {
    // What waits in the queue is older than the cache; a bookmark now would promise it was sent.
    if (this.queue.length === 0) this.sendBookmark(this.cache.revision, false);
  }

  private sendBookmark(revision: number, endsInitialEvents: boolean): void {
    const reached = Math.max(revision, this.options.after);
    const event = bookmarkEvent(this.cache.kind, reached, endsInitialEvents);
    const { transform } = this.options;
    const value = transform ? { type: event.type, object: transform(event, this.isFirst) } : event;
    this.write([framed(valueLine(value))]);
  }

  /** Ends in order: the client has everything up to a last bookmark. */
  private finish(): void {
    if (this.ended) return;
    if (!this.blocked) this.flush();
    if (this.options.bookmarks && !this.blocked) this.bookmark();
    this.out.end();
    this.end();
  }

  /** Ends at once; what is queued is dropped with the connection. */
  private cut(): void {
    this.out.destroy();
    this.end();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.queue = [];
    this.cache.unsubscribe(this);
    this.options.onEnd();
  }
}

function atRevision(object: CachedObject, revision: number): CachedObject {
  const { key, namespace, name } = object;
  const copy = object.copy();
  copy.metadata.resourceVersion = String(revision);
  return new CachedObject(key, namespace, name, revision, Buffer.from(JSON.stringify(copy)));
}
