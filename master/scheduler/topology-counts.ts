/**
 * Numbers per topology domain. A domain is a label and its value, such as `topology.kubernetes.io/zone` = `east`: all nodes
 * with that label and value.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#node-labels
 */
import type { NodeState } from './node-state';

/** The value that places the node in a domain of `key`; undefined when it is in none. */
export function domainOf(state: NodeState, key: string): string | undefined {
  return state.node?.metadata.labels?.[key];
}

export class TopologyCounts {
  private readonly byKey = new Map<string, Map<string, number>>();

  /** Adds to the domain the node is in; a node without the label counts nowhere. */
  add(key: string, state: NodeState, amount: number): void {
    const value = domainOf(state, key);
    if (value === undefined) return;
    let counts = this.byKey.get(key);
    if (!counts) {
      counts = new Map();
      this.byKey.set(key, counts);
    }
    counts.set(value, (counts.get(value) ?? 0) + amount);
  }

  /** The number of the node's domain; 0 when nothing was counted there. */
  at(key: string, state: NodeState): number {
    const value = domainOf(state, key);
    return value === undefined ? 0 : (this.byKey.get(key)?.get(value) ?? 0);
  }

  /** Sum over all keys of the numbers of the node's domains. */
  sumAt(state: NodeState): number {
    let sum = 0;
    for (const key of this.byKey.keys()) sum += this.at(key, state);
    return sum;
  }

  get isEmpty(): boolean {
    return this.byKey.size === 0;
  }
}
