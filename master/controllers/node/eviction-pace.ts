/**
 * Spreads evictions over time: one turn per zone at the zone's rate. A node's turn, once given, stays its own.
 */
export class EvictionPace {
  /** zone -> when its last turn was given */
  private readonly lastTurn = new Map<string, number>();

  /** 0 when it is this zone's turn (which is then taken), else milliseconds to wait; undefined when evictions are stopped. */
  take(zone: string, nodesPerSecond: number, now: Date): number | undefined {
    if (nodesPerSecond <= 0) return undefined;
    const last = this.lastTurn.get(zone);
    const wait = last === undefined ? 0 : last + 1000 / nodesPerSecond - now.getTime();
    if (wait > 0) return wait;
    this.lastTurn.set(zone, now.getTime());
    return 0;
  }
}
