/**
 * When each node was last heard of, by this controller's own clock.
 *
 * A renewed lease or a new heartbeat in the status counts as a sign of life at the moment it is seen; the times inside are never
 * compared with ours, because the clocks of two hosts differ. A controller that just started gives every node its full grace,
 * so being down itself condemns nobody.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
 */
import type { Lease } from '../../../helper/api/coordination/lease';
import type { Node } from '../../../helper/api/core/node';

/** What changes with every sign of life. Our own word that a node is silent keeps its heartbeat time, so it is none. */
function signOfLife({ metadata, status }: Node, lease: Lease | undefined): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return [metadata.uid, lease?.spec?.renewTime, ready?.lastHeartbeatTime ?? metadata.creationTimestamp].join(' ');
}

export class Heartbeats {
  private readonly seen = new Map<string, { readonly sign: string; readonly at: Date }>();

  /** Notes the sign of life of a node and returns when it was first seen. */
  note(node: Node, lease: Lease | undefined, now: Date): Date {
    const { name } = node.metadata;
    const sign = signOfLife(node, lease);
    const known = this.seen.get(name);
    if (known?.sign === sign) return known.at;
    this.seen.set(name, { sign, at: now });
    return now;
  }

  /** The node is gone, or could not be heard for a reason of ours: what comes next is its first sign of life. */
  forget(name: string): void {
    this.seen.delete(name);
  }
}
