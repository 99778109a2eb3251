/**
 * The work-queue of a controller: keys waiting to be reconciled.
 *
 * It promises:
 * - a key waits at most once, however often it is added;
 * - a key is with at most one worker at a time; added meanwhile, it waits again after `done()`;
 * - keys come out in the order they went in;
 * - `addRateLimited` waits 5 ms, 10 ms, 20 ms ... up to 30 s for a key that keeps failing, until `forget`;
 * - `addAfter` of a waiting key keeps the earlier time;
 * - after `shutDown()` nothing more goes in or comes out, and every waiting `get()` ends.
 *
 * client-go's longest wait is 1000 s; ours is 30 s, because a classroom does not wait a quarter of an hour.
 * https://kubernetes.io/docs/concepts/architecture/controller/
 */
import { type Clock, systemClock } from '../process/clock';

const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 30_000;

/** Hears what happens in the queue; see `queue-metrics.ts`. */
export interface WorkQueueHooks {
  added?(depth: number): void;
  /** a worker took a key that had waited this long */
  taken?(waitedMs: number, depth: number): void;
  /** a worker finished a key */
  finished?(workedMs: number): void;
  retried?(): void;
}

export interface WorkQueueOptions {
  readonly clock?: Clock;
  readonly hooks?: WorkQueueHooks;
}

interface Delay {
  readonly at: number;
  cancel(): void;
}

export class WorkQueue {
  /** keys in order, with the time they were added */
  private readonly waiting = new Map<string, number>();
  /** keys with a worker, with the time they were taken */
  private readonly processing = new Map<string, number>();
  /** keys added while with a worker */
  private readonly dirty = new Set<string>();
  private readonly delayed = new Map<string, Delay>();
  private readonly failures = new Map<string, number>();
  private readonly idleWorkers: ((key: string | undefined) => void)[] = [];
  private readonly clock: Clock;
  private readonly hooks: WorkQueueHooks;
  private isShutDown = false;

  constructor({ clock = systemClock, hooks = {} }: WorkQueueOptions = {}) {
    this.clock = clock;
    this.hooks = hooks;
  }

  /** Keys that wait now, without those that wait for their time or are with a worker. */
  get depth(): number {
    return this.waiting.size;
  }

  add(key: string): void {
    if (this.isShutDown || this.waiting.has(key)) return;
    if (this.processing.has(key)) {
      this.dirty.add(key);
      return;
    }
    this.waiting.set(key, this.clock.now());
    this.hooks.added?.(this.waiting.size);
    this.idleWorkers.shift()?.(this.take());
  }

  /** Adds the key once that time has passed; 0 or less: now. */
  addAfter(key: string, milliseconds: number): void {
    if (this.isShutDown) return;
    if (milliseconds <= 0) {
      this.add(key);
      return;
    }
    const at = this.clock.now() + milliseconds;
    const planned = this.delayed.get(key);
    if (planned && planned.at <= at) return;
    planned?.cancel();
    const cancel = this.clock.after(milliseconds, () => {
      this.delayed.delete(key);
      this.add(key);
    });
    this.delayed.set(key, { at, cancel });
  }

  /** Adds the key after a wait that doubles with each call since the last {@link forget}. Returns the wait. */
  addRateLimited(key: string): number {
    const failures = this.failures.get(key) ?? 0;
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 30));
    this.failures.set(key, failures + 1);
    this.hooks.retried?.();
    this.addAfter(key, wait);
    return wait;
  }

  /** The key succeeded: its next failure starts from the shortest wait. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** How often the key was added by {@link addRateLimited} since it was forgotten. */
  retries(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** The next key, now the caller's until `done(key)`; undefined after shutdown. */
  get(): Promise<string | undefined> {
    if (this.isShutDown) return Promise.resolve(undefined);
    const key = this.take();
    if (key !== undefined) return Promise.resolve(key);
    return new Promise((resolve) => this.idleWorkers.push(resolve));
  }

  /** Ends the caller's hold on the key. */
  done(key: string): void {
    const since = this.processing.get(key);
    if (since === undefined) return;
    this.processing.delete(key);
    this.hooks.finished?.(this.clock.now() - since);
    if (this.dirty.delete(key)) this.add(key);
  }

  shutDown(): void {
    this.isShutDown = true;
    for (const { cancel } of this.delayed.values()) cancel();
    this.delayed.clear();
    this.waiting.clear();
    this.dirty.clear();
    for (const resolve of this.idleWorkers.splice(0)) resolve(undefined);
  }

  private take(): string | undefined {
    for (const [key, since] of this.waiting) {
      this.waiting.delete(key);
      this.processing.set(key, this.clock.now());
      this.hooks.taken?.(this.clock.now() - since, this.waiting.size);
      return key;
    }
    return undefined;
  }
}
