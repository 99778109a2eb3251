/**
 * When each node was last heard of, by this controller's own clock.
 *
 * A changed lease or heartbeat counts as a sign of life at the moment it is seen; the times inside are never compared with
 * ours, because the clocks of two hosts differ. A controller that just started gives every node its full grace.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#heartbeats
 */
import type { Lease } from '../../../helper/api/coordination/lease';
import type { Node } from '../../../helper/api/core/node';

export class Heartbeats {
  private readonly seen = new Map<string, { readonly sign: string; readonly at: Date }>();

  /** Notes the signs of life of a node and returns when the newest one was first seen. */
  note(node: Node, lease: Lease | undefined, now: Date): Date {
    const { name, uid } = node.metadata;
    const beats = (node.status?.conditions ?? []).map(({ type, status, lastHeartbeatTime }) => {
      // Our own word that the node is silent is no sign of life.
      return status === 'Unknown' ? '' : `${type}=${status}@${lastHeartbeatTime}`;
    });
    const sign = [uid, lease?.spec?.renewTime, ...beats].join(' ');
    const known = this.seen.get(name);
    if (known && (known.sign === sign || this.onlyFellSilent(known.sign, sign))) return known.at;
    this.seen.set(name, { sign, at: now });
    return now;
  }

  /** The node is gone. */
  forget(name: string): void {
    this.seen.delete(name);
  }

  /** True when all that changed is that conditions became Unknown. */
  private onlyFellSilent(before: string, after: string): boolean {
    const old = new Set(before.split(' '));
    return after.split(' ').every((part) => part === '' || old.has(part));
  }
}
