/**
 * Spreads evictions over time: each zone drives off one node after the other, at the zone's rate.
 *
 * A turn belongs to the node it was given to until the node gives it back, so a write that has to be tried again waits for nobody.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#rate-limits-on-eviction
 */
export class EvictionPace {
  /** zone -> when its last turn was given */
  private readonly lastTurn = new Map<string, number>();
  private readonly holders = new Set<string>();

  /** 0 when it is the node's turn, else milliseconds to wait; undefined while evictions are stopped. */
  take(node: string, zone: string, nodesPerSecond: number, now: Date): number | undefined {
    if (this.holders.has(node)) return 0;
    if (nodesPerSecond <= 0) return undefined;
    const last = this.lastTurn.get(zone);
    const wait = last === undefined ? 0 : last + 1000 / nodesPerSecond - now.getTime();
    if (wait > 0) return wait;
    this.lastTurn.set(zone, now.getTime());
    this.holders.add(node);
    return 0;
  }

  /** The node is well again, or gone: it needs a new turn next time. */
  giveBack(node: string): void {
    this.holders.delete(node);
  }
}
