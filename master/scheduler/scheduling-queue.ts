/**
 * The pods that wait for a node, in three places: active (ready to be tried), backing off (tried and failed, waiting its time)
 * and unschedulable (nothing has changed that could help).
 *
 * A failed pod becomes unschedulable; an event that could help (a node joined or freed room, a pod went away) moves all
 * unschedulable pods to active, or to back-off when their time is not up. As a safety net they are tried again after a while
 * in any case. Order in active: priority, then age. Each place is a heap, so thousands of waiting pods cost little.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/#queue
 */
import { PriorityHeap } from './priority-heap';

export const INITIAL_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;
/** an unschedulable pod is tried again after this long even if nothing happened */
export const UNSCHEDULABLE_MS = 5 * 60_000;

interface Entry {
  readonly key: string;
  priority: number;
  readonly addedAt: number;
  /** breaks ties of age */
  readonly serial: number;
  attempts: number;
  /** back-off ends */
  notBefore: number;
  failedAt: number;
  /** the heap it is in; undefined while it is being tried */
  place: PriorityHeap<Entry> | undefined;
  /** {@link SchedulingQueue.wakes} when it was taken; -1 when the pod itself has changed since */
  wakesSeen: number;
}

export class SchedulingQueue {
  private readonly entries = new Map<string, Entry>();
  private readonly active = new PriorityHeap<Entry>(isMoreUrgent);
  private readonly backingOff = new PriorityHeap<Entry>((a, b) => a.notBefore < b.notBefore);
  private readonly unschedulable = new PriorityHeap<Entry>((a, b) => a.failedAt < b.failedAt);
  private serial = 0;
  /** how often something happened that could help everybody */
  private wakes = 0;

  /** A new or changed pod without a node: tried soon, but not before its back-off ends. */
  add(key: string, priority: number, now: number): void {
    const entry = this.entries.get(key);
    if (!entry) {
      this.serial += 1;
      const fresh = { key, priority, addedAt: now, serial: this.serial, attempts: 0, notBefore: 0, failedAt: 0 };
      const added: Entry = { ...fresh, place: undefined, wakesSeen: 0 };
      this.entries.set(key, added);
      this.move(added, this.active);
      return;
    }
    if (!entry.place) {
      entry.priority = priority;
      entry.wakesSeen = -1;
      return;
    }
    this.move(entry, undefined);
    entry.priority = priority;
    this.move(entry, entry.notBefore > now ? this.backingOff : this.active);
  }

  /** The pod has a node or is gone. */
  remove(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.move(entry, undefined);
    this.entries.delete(key);
  }

  /** The next pod to try, or undefined. It is out of the queue until {@link failed} or {@link remove}. */
  take(now: number): string | undefined {
    this.activateDue(now);
    const entry = this.active.peek();
    if (!entry) return undefined;
    this.move(entry, undefined);
    entry.wakesSeen = this.wakes;
    entry.attempts += 1;
    return entry.key;
  }

  /** The tried pod found no node (`retry`: its binding failed, try again after back-off in any case). */
  failed(key: string, now: number, retry = false): void {
    const entry = this.entries.get(key);
    // A pod of the same name that came meanwhile has not been tried: its entry is in its place.
    if (!entry || entry.place) return;
    entry.failedAt = now;
    entry.notBefore = now + Math.min(INITIAL_BACKOFF_MS * 2 ** Math.min(entry.attempts - 1, 10), MAX_BACKOFF_MS);
    // What happened during the try may already be the help it needs.
    const wasWoken = entry.wakesSeen !== this.wakes;
    this.move(entry, wasWoken || retry ? this.backingOff : this.unschedulable);
  }

  /** Something changed that may make room. */
  wakeAll(now: number): void {
    this.wakes += 1;
    for (let entry = this.unschedulable.peek(); entry; entry = this.unschedulable.peek()) this.wakeEntry(entry, now);
  }

  /** Something changed that may help this pod. */
  wake(key: string, now: number): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    if (!entry.place) entry.wakesSeen = -1;
    else if (entry.place === this.unschedulable) this.wakeEntry(entry, now);
  }

  /** Milliseconds until a waiting pod is due; undefined when none waits for time. */
  nextDueMs(now: number): number | undefined {
    if (this.active.size > 0) return 0;
    const backedOffAt = this.backingOff.peek()?.notBefore ?? Number.POSITIVE_INFINITY;
    const failedAt = this.unschedulable.peek()?.failedAt ?? Number.POSITIVE_INFINITY;
    const soonest = Math.min(backedOffAt, failedAt + UNSCHEDULABLE_MS);
    return Number.isFinite(soonest) ? Math.max(0, soonest - now) : undefined;
  }

  get size(): number {
    return this.entries.size;
  }

  private activateDue(now: number): void {
    for (let entry = this.backingOff.peek(); entry && entry.notBefore <= now; entry = this.backingOff.peek())
      this.move(entry, this.active);
    let oldest = this.unschedulable.peek();
    for (; oldest && oldest.failedAt + UNSCHEDULABLE_MS <= now; oldest = this.unschedulable.peek())
      this.move(oldest, this.active);
  }

  private wakeEntry(entry: Entry, now: number): void {
    this.move(entry, entry.notBefore > now ? this.backingOff : this.active);
  }

  private move(entry: Entry, to: PriorityHeap<Entry> | undefined): void {
    entry.place?.remove(entry);
    entry.place = to;
    to?.push(entry);
  }
}

function isMoreUrgent(a: Entry, b: Entry): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.addedAt === b.addedAt ? a.serial < b.serial : a.addedAt < b.addedAt;
}
