/**
 * The seats of one priority level and the line in front of them: so many requests are served at a time, the others wait by flow.
 *
 * A free seat goes to the flows in turn, whatever the length of their lines: who sends a thousand requests waits for himself, not the
 * others for him. Lines are bounded, and so is the wait; what does not fit is told to come again later. While there are free seats and
 * nobody waits, entering is a comparison and an addition.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#queuing
 */

export interface QueueLimits {
  /** requests served at a time; Infinity = nobody waits */
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
  /** Called once: it has a seat. */
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
  private refused = 0;

  constructor(private limits: QueueLimits) {}

  get executing(): number {
    return this.served;
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

  /** True when there was a seat, which now belongs to the caller until {@link leave}. */
  tryEnter(): boolean {
    if (this.served >= this.limits.seats || this.inLine > 0) return false;
    this.served++;
    return true;
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

  /** Gives a seat back; the next in turn gets it. */
  leave(): void {
    this.served--;
    this.seatNext();
  }

  private seatNext(): void {
    while (this.inLine > 0 && this.served < this.limits.seats) {
      const [flow, line] = this.lines.entries().next().value as [string, InLine[]];
      const next = line[0] as InLine;
      this.remove(next);
      // Behind all others: the next seat is for another flow.
      if (line.length > 0) {
        this.lines.delete(flow);
        this.lines.set(flow, line);
      }
      this.served++;
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
