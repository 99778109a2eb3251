/**
 * Events are forgotten an hour after they were last seen, as with Kubernetes' `--event-ttl`; otherwise they would fill the store.
 *
 * The sweeper walks over the events in key order, some at a time, and goes on behind them at its next pass: no pass takes longer than
 * its limit allows, however many events there are. An event that is counted up meanwhile stays: the deletion names the revision it
 * looked at. Kubernetes also binds every event to an etcd lease; left out because a store without leases must forget them too.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
 */
import { type Event, eventResource } from '../../helper/api/core/event';
import { type Clock, systemClock } from '../../helper/process/clock';
import type { Logger } from '../../helper/process/component';
import { RevisionConflict, type Store } from '../storage/store';
import type { Registry } from './registry';
import type { CachedObject } from './watch/cached-object';

export const EVENT_TTL_MS = 3_600_000;
/** Events looked at, and therefore at most deleted, in one pass. */
export const EVENTS_PER_PASS = 500;
const PASS_INTERVAL_MS = 10_000;
/** When a pass had nothing but old events there are more of them. */
const BUSY_INTERVAL_MS = 1_000;
const PARALLEL_DELETIONS = 16;

/** When the event was seen last, in milliseconds; its creation counts too, whatever times the client wrote into it. */
export function lastSeenMs({ metadata, firstTimestamp, lastTimestamp, eventTime, series }: Event): number {
  const times = [metadata.creationTimestamp, firstTimestamp, lastTimestamp, eventTime, series?.lastObservedTime];
  return Math.max(0, ...times.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time)));
}

export class EventSweeper {
  /** key of the event the last pass ended at */
  private position = '';
  private cancel: (() => void) | undefined;
  private stopped = false;

  constructor(
    private readonly registry: Registry,
    private readonly log: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  start(): void {
    this.schedule(PASS_INTERVAL_MS);
  }

  stop(): void {
    this.stopped = true;
    this.cancel?.();
  }

  /** One pass; resolves with how many events were too old. */
  async sweep(): Promise<number> {
    const old = this.nextEvents().filter((event) => this.isOld(event));
    for (let start = 0; start < old.length; start += PARALLEL_DELETIONS) {
      const batch = old.slice(start, start + PARALLEL_DELETIONS);
      await Promise.all(batch.map((event) => forget(this.registry.store, event)));
    }
    return old.length;
  }

  private nextEvents(): readonly CachedObject[] {
    const events = this.registry.cacheOf(eventResource).table.list('');
    const first = events.findIndex(({ key }) => key > this.position);
    const chosen = first < 0 ? [] : events.slice(first, first + EVENTS_PER_PASS);
    // Behind the last event the walk begins anew.
    this.position = chosen.length === EVENTS_PER_PASS ? (chosen.at(-1)?.key ?? '') : '';
    return chosen;
  }

  private isOld(event: CachedObject): boolean {
    // A copy that is let go at once: the shared parsed form would stay in memory with every event.
    return lastSeenMs(event.copy<Event>()) + EVENT_TTL_MS < this.clock.now();
  }

  private schedule(delayMs: number): void {
    if (!this.stopped) this.cancel = this.clock.after(delayMs, () => void this.pass());
  }

  private async pass(): Promise<void> {
    const forgotten = await this.sweep().catch((error) => {
      this.log.warn({ err: error }, 'old events could not be deleted; trying again');
      return 0;
    });
    this.schedule(forgotten === EVENTS_PER_PASS ? BUSY_INTERVAL_MS : PASS_INTERVAL_MS);
  }
}

async function forget(store: Store, { key, revision }: CachedObject): Promise<void> {
  try {
    await store.delete(key, revision);
  } catch (error) {
    // Written or deleted by somebody else in between: not ours to delete any more.
    if (!(error instanceof RevisionConflict)) throw error;
  }
}
