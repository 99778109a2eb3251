/**
 * Filter plugin: topologySpreadConstraints with `whenUnsatisfiable: DoNotSchedule`. The skew of a domain is the number of its
 * matching pods, the newcomer included, less that of the emptiest domain; it must not exceed maxSkew.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
import type { Pod } from '../../helper/api/core/pod';
import type { NodeFilter } from './filters';
import type { NodeState } from './node-state';
import {
  countPods,
  counts,
  hasDomains,
  type SpreadConstraint,
  spreadConstraints,
  takesPart,
} from './spread-constraints';
import { domainOf } from './topology-counts';

const MISMATCH = "node(s) didn't match pod topology spread constraints";

/** Matching pods per domain of one constraint, and the number the skew is measured from. */
interface Spread {
  readonly constraint: SpreadConstraint;
  readonly perDomain: ReadonlyMap<string, number>;
  readonly lowest: number;
  /** 1 when the newcomer counts itself */
  readonly own: number;
}

function measure(
  pod: Pod,
  nodes: readonly NodeState[],
  constraint: SpreadConstraint,
  all: readonly SpreadConstraint[],
): Spread {
  const perDomain = new Map<string, number>();
  for (const state of nodes) {
    if (!hasDomains(state, all) || !takesPart(pod, state, constraint)) continue;
    const domain = domainOf(state, constraint.topologyKey) ?? '';
    perDomain.set(domain, (perDomain.get(domain) ?? 0) + countPods(pod, state, constraint));
  }
  // Fewer domains than asked for: those that are missing count as empty ones.
  const lowest = perDomain.size < constraint.minDomains ? 0 : Math.min(...perDomain.values());
  return { constraint, perDomain, lowest, own: counts(pod, pod, constraint) ? 1 : 0 };
}

/** The filter for this pod among these nodes; undefined when it has no such constraint. */
export function spreadFilter(pod: Pod, nodes: readonly NodeState[]): NodeFilter | undefined {
  const constraints = spreadConstraints(pod, 'DoNotSchedule');
  if (constraints.length === 0) return undefined;
  const spreads = constraints.map((constraint) => measure(pod, nodes, constraint, constraints));
  return (state) => {
    for (const { constraint, perDomain, lowest, own } of spreads) {
      const domain = domainOf(state, constraint.topologyKey);
      if (domain === undefined) return `${MISMATCH} (missing required label)`;
      if ((perDomain.get(domain) ?? 0) + own - lowest > constraint.maxSkew) return MISMATCH;
    }
    return undefined;
  };
}
