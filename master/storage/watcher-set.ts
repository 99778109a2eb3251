/**
 * The watchers of one store: hands every event, in revision order, to those whose prefix it has.
 *
 * Rule: a watcher's position only grows, and it gets exactly the events of its prefix behind its position. That makes
 * "caught up from history, then live" one thing: whoever read history to revision R joins with position R.
 * Both stores stand on it. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import type { Logger } from '../../helper/process/component';
import type { StoreEvent, StoreWatch, WatchHandler } from './store';

/** One watch() call. */
export class Watcher implements StoreWatch {
  private ended = false;

  constructor(
    readonly prefix: string,
    /** events up to and including this revision have been delivered, or were not asked for */
    private position: number,
    private readonly handler: WatchHandler,
    private readonly onCancel: (watcher: Watcher) => void,
    private readonly log: Logger | undefined,
  ) {}

  get revision(): number {
    return this.position;
  }

  get isEnded(): boolean {
    return this.ended;
  }

  deliver(event: StoreEvent): void {
    if (this.ended || event.revision <= this.position || !event.key.startsWith(this.prefix)) return;
    this.guarded(() => this.handler.onEvent(event));
  }

  /** Every event up to `revision` has gone through deliver(). */
  advance(revision: number): void {
    if (this.ended || revision < this.position) return;
    this.position = revision;
    this.guarded(() => this.handler.onProgress(revision));
  }

  /** Ends the watch from the store's side. */
  end(error: Error): void {
    if (this.ended) return;
    this.cancel();
    this.guarded(() => this.handler.onEnd(error));
  }

  cancel(): void {
    this.ended = true;
    this.onCancel(this);
  }

  /** A handler must not throw; when it does, the other watchers and the writer waiting for its answer must not suffer. */
  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.log?.error({ err: error, prefix: this.prefix }, 'a watch handler threw; its watch is ended');
      this.cancel();
    }
  }
}

/** The live watchers. */
export class WatcherSet {
  private readonly watchers = new Set<Watcher>();

  get size(): number {
    return this.watchers.size;
  }

  add(watcher: Watcher): void {
    if (!watcher.isEnded) this.watchers.add(watcher);
  }

  remove(watcher: Watcher): void {
    this.watchers.delete(watcher);
  }

  /** Delivers a run of events that ends at `revision`; afterwards every watcher stands there. */
  deliver(events: readonly StoreEvent[], revision: number): void {
    for (const watcher of [...this.watchers]) {
      for (const event of events) watcher.deliver(event);
      watcher.advance(revision);
    }
  }

  endAll(error: Error): void {
    for (const watcher of [...this.watchers]) watcher.end(error);
  }
}
