/**
 * Keeps something derived from a watch cache (an index, a graph) in step with it, also when the cache starts over from a list.
 *
 * Changes are heard at once, but a fresh list is only noticed by asking: `catchUp` before reading what is derived. It costs a
 * comparison when nothing happened.
 */
import type { CacheEvent } from '../watch/event-window';
import type { EventSink, WatchCache } from '../watch/watch-cache';

export interface FollowHandler {
  /** Build anew from the cache's table. */
  startOver(): void;
  apply(event: CacheEvent): void;
}

export class CacheFollower implements EventSink {
  private isSubscribed = false;
  /** where the cache's window began when we looked last: another beginning can mean another list */
  private oldestRevision = -1;

  constructor(
    private readonly cache: Pick<WatchCache, 'oldestRevision' | 'revision' | 'subscribe'>,
    private readonly handler: FollowHandler,
  ) {}

  /** Returns when everything derived shows what the cache shows. */
  catchUp(): void {
    if (this.isSubscribed && this.cache.oldestRevision === this.oldestRevision) return;
    this.oldestRevision = this.cache.oldestRevision;
    this.isSubscribed = this.cache.subscribe(this.cache.revision, this) !== undefined;
    this.handler.startOver();
  }

  onEvent(event: CacheEvent): void {
    this.handler.apply(event);
  }

  onReset(): void {
    this.isSubscribed = false;
  }
}
