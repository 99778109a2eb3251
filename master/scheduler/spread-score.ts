/**
 * Score plugin: topologySpreadConstraints with `whenUnsatisfiable: ScheduleAnyway`. The fewer matching pods a node's domains
 * have, the better; a constraint with many domains weighs more, since there each pod makes more of a difference.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
import type { Pod } from '../../helper/api/core/pod';
import type { NodeState } from './node-state';
import { countPods, hasDomains, type SpreadConstraint, spreadConstraints, takesPart } from './spread-constraints';
import { domainOf, TopologyCounts } from './topology-counts';

const MAX_SCORE = 100;

/** Adds to each node of `fitting` what the constraint costs there. */
function addCosts(
  costs: number[],
  pod: Pod,
  nodes: readonly NodeState[],
  fitting: readonly NodeState[],
  constraint: SpreadConstraint,
): void {
  const { topologyKey, maxSkew } = constraint;
  const perDomain = new TopologyCounts();
  for (const state of nodes) {
    if (takesPart(pod, state, constraint)) perDomain.add(topologyKey, state, countPods(pod, state, constraint));
  }
  const domains = new Set(fitting.map((state) => domainOf(state, topologyKey)));
  // Logarithm, so that a hundred hosts do not drown three zones.
  const weight = Math.log(domains.size + 2);
  fitting.forEach((state, index) => {
    costs[index] = (costs[index] ?? 0) + weight * perDomain.at(topologyKey, state) + maxSkew - 1;
  });
}

/** 0 to 100 for each of `fitting`, 0 for nodes outside of all domains; undefined when the pod has no such constraint. */
export function spreadScores(
  pod: Pod,
  nodes: readonly NodeState[],
  fitting: readonly NodeState[],
): number[] | undefined {
  const constraints = spreadConstraints(pod, 'ScheduleAnyway');
  if (constraints.length === 0) return undefined;
  const inDomains = fitting.filter((state) => hasDomains(state, constraints));
  const counted = nodes.filter((state) => hasDomains(state, constraints));
  const costs = inDomains.map(() => 0);
  for (const constraint of constraints) addCosts(costs, pod, counted, inDomains, constraint);
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const score = (cost: number) => (most === 0 ? MAX_SCORE : (MAX_SCORE * (most + least - cost)) / most);
  const scores = new Map(inDomains.map((state, index) => [state, score(costs[index] ?? 0)]));
  return fitting.map((state) => scores.get(state) ?? 0);
}
