/**
 * The pods that wait for a node, in three places: active (ready to be tried), backing off (tried and failed, waiting its time)
 * and unschedulable (nothing has changed that could help).
 *
 * A failed pod becomes unschedulable; an event that could help (a node joined or freed room, a pod went away) moves all
 * unschedulable pods to active, or to back-off when their time is not up. As a safety net they are tried again after a while
 * in any case. Order in active: priority, then age.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/#queue
 */
export const INITIAL_BACKOFF_MS = 1000;
export const MAX_BACKOFF_MS = 10_000;
/** an unschedulable pod is tried again after this long even if nothing happened */
export const UNSCHEDULABLE_MS = 5 * 60_000;

interface Entry {
  readonly key: string;
  priority: number;
  readonly addedAt: number;
  attempts: number;
  /** not before this time */
  notBefore: number;
  failedAt: number;
  place: 'active' | 'backoff' | 'unschedulable' | 'taken';
  /** something that could help happened while the pod was being tried */
  woken: boolean;
}

export class SchedulingQueue {
  private readonly entries = new Map<string, Entry>();

  /** A new or changed pod without a node: tried soon, whatever its back-off was. */
  add(key: string, priority: number, now: number): void {
    const entry = this.entries.get(key);
    if (!entry) {
      this.entries.set(key, {
        key,
        priority,
        addedAt: now,
        attempts: 0,
        notBefore: 0,
        failedAt: 0,
        place: 'active',
        woken: false,
      });
      return;
    }
    entry.priority = priority;
    if (entry.place === 'taken') entry.woken = true;
    else entry.place = entry.notBefore > now ? 'backoff' : 'active';
  }

  /** The pod has a node or is gone. */
  remove(key: string): void {
    this.entries.delete(key);
  }

  /** The next pod to try, or undefined. It is out of the queue until {@link failed} or {@link remove}. */
  take(now: number): string | undefined {
    let best: Entry | undefined;
    for (const entry of this.entries.values()) {
      if (!this.isDue(entry, now)) continue;
      if (!best || entry.priority > best.priority || (entry.priority === best.priority && entry.addedAt < best.addedAt))
        best = entry;
    }
    if (!best) return undefined;
    best.place = 'taken';
    best.woken = false;
    best.attempts += 1;
    return best.key;
  }

  /** The tried pod found no node (`retry`: its binding failed, try again after back-off in any case). */
  failed(key: string, now: number, retry = false): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    entry.failedAt = now;
    entry.notBefore = now + Math.min(INITIAL_BACKOFF_MS * 2 ** Math.min(entry.attempts - 1, 10), MAX_BACKOFF_MS);
    entry.place = entry.woken || retry ? 'backoff' : 'unschedulable';
  }

  /** Something changed that may make room. */
  wakeAll(now: number): void {
    for (const entry of this.entries.values()) {
      if (entry.place === 'taken') entry.woken = true;
      if (entry.place === 'unschedulable') entry.place = entry.notBefore > now ? 'backoff' : 'active';
    }
  }

  /** Milliseconds until a waiting pod is due; undefined when none waits for time. */
  nextDueMs(now: number): number | undefined {
    let soonest: number | undefined;
    for (const entry of this.entries.values()) {
      if (entry.place === 'taken') continue;
      const due = entry.place === 'unschedulable' ? entry.failedAt + UNSCHEDULABLE_MS : entry.notBefore;
      if (soonest === undefined || due < soonest) soonest = due;
    }
    return soonest === undefined ? undefined : Math.max(0, soonest - now);
  }

  get size(): number {
    return this.entries.size;
  }

  private isDue(entry: Entry, now: number): boolean {
    if (entry.place === 'active') return true;
    if (entry.place === 'backoff') return entry.notBefore <= now;
    return entry.place === 'unschedulable' && entry.failedAt + UNSCHEDULABLE_MS <= now;
  }
}
