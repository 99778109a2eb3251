/**
 * The seats of one priority level and the line in front of them: so many requests are served at a time, the others wait by flow.
 *
 * A free seat goes to the flows in turn, whatever the length of their lines: who sends a thousand requests waits for himself, not the
 * others for him. A request may need several seats; the next in turn waits until there are as many, and nobody overtakes it. Lines are
 * bounded, and so is the wait; what does not fit is told to come again later. While there are free seats and nobody waits, entering is a
 * comparison and two additions.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#queuing
 */

export interface QueueLimits {
  /** seats of requests that are served at a time; Infinity = nobody waits */
  readonly seats: number;
  /** requests of one flow that may wait; 0 = nobody waits, what finds no seat is refused */
  readonly maxWaitingPerFlow: number;
  /** requests of all flows that may wait */
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

/** One request in line. */
export interface Waiting {
  readonly flow: string;
  /** how many it needs, at least 1 */
  readonly seats: number;
  /** Called once: it has its seats. */
  readonly onSeat: () => void;
  /** Called once instead: the wait was too long. */
  readonly onTimeout: () => void;
}

interface InLine extends Waiting {
  readonly timer: NodeJS.Timeout;
}

export class FairQueue {
  /** lines by flow, in the order in which flows get their turn */
  private readonly lines = new Map<string, InLine[]>();
  private inLine = 0;
  private served = 0;
  private taken = 0;
  private refused = 0;

  constructor(private limits: QueueLimits) {}

  /** Requests that are being served. */
  get executing(): number {
    return this.served;
  }

  /** Seats they have. */
  get seatsTaken(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.inLine;
  }

  /** Requests turned away since the start. */
  get rejected(): number {
    return this.refused;
  }

  get seats(): number {
    return this.limits.seats;
  }

  /** Other limits from now on; who waits is served as far as the new ones allow. */
  setLimits(limits: QueueLimits): void {
    this.limits = limits;
    this.seatNext();
  }

  /** True when there were as many seats, which now belong to the caller until {@link leave}. */
  tryEnter(seats: number): boolean {
    if (this.inLine > 0 || !this.hasRoom(seats)) return false;
    this.seat(seats);
    return true;
  }

  /** A request that needs more seats than there are is served when it is alone. */
  private hasRoom(seats: number): boolean {
    return this.taken + seats <= this.limits.seats || (this.served === 0 && this.limits.seats > 0);
  }

  private seat(seats: number): void {
    this.served++;
    this.taken += seats;
  }

  /** Takes a place in the line of a flow. Returns what gives it up, or undefined when the line is full. */
  wait(waiting: Waiting): (() => void) | undefined {
    const { maxWaitingPerFlow, maxWaiting, maxWaitMs } = this.limits;
    const line = this.lines.get(waiting.flow) ?? [];
    if (line.length >= maxWaitingPerFlow || this.inLine >= maxWaiting) {
      this.refused++;
      return undefined;
    }
    const timer = setTimeout(() => {
      this.remove(entry);
      this.refused++;
      waiting.onTimeout();
    }, maxWaitMs);
    const entry: InLine = { ...waiting, timer };
    if (line.length === 0) this.lines.set(waiting.flow, line);
    line.push(entry);
    this.inLine++;
    return () => this.remove(entry);
  }

  /** Gives the seats of a request back; the next in turn gets them. */
  leave(seats: number): void {
    this.served--;
    this.taken -= seats;
    this.seatNext();
  }

  private seatNext(): void {
    while (this.inLine > 0) {
      const [flow, line] = this.lines.entries().next().value as [string, InLine[]];
      const next = line[0] as InLine;
      if (!this.hasRoom(next.seats)) return;
      this.remove(next);
      // Behind all others: the next seat is for another flow.
      if (line.length > 0) {
        this.lines.delete(flow);
        this.lines.set(flow, line);
      }
      this.seat(next.seats);
      next.onSeat();
    }
  }

  private remove(entry: InLine): void {
    clearTimeout(entry.timer);
    const line = this.lines.get(entry.flow);
    const at = line?.indexOf(entry) ?? -1;
    if (!line || at < 0) return;
    line.splice(at, 1);
    this.inLine--;
    if (line.length === 0) this.lines.delete(entry.flow);
  }
}
