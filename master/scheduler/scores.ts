/**
 * Scores: how good a node that passed the filters is, 0 (worst) to 100, one function a wish.
 *
 * The weights are Kubernetes' defaults where it has the same wish.
 * https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
 */

import { preferredWeight } from '../../helper/api/core/node-affinity';
import type { Pod } from '../../helper/api/core/pod';
import { tolerates } from '../../helper/api/core/tolerations';
import { controllerOf } from '../../helper/api/meta';
import type { NamespaceLabels } from './affinity-terms';
import type { NodeState } from './node-state';
import { podAffinityTotals } from './pod-affinity-score';
import { allocatableOf, type PodDemand } from './pod-demand';
import { spreadScores } from './spread-score';

const MAX_SCORE = 100;

/** Free share of cpu and memory after the pod, averaged: emptier nodes first. */
function leastAllocated(demand: PodDemand, state: NodeState): number {
  const allocatable = allocatableOf(state.node);
  const shares = ['cpu', 'memory'].map((resource) => {
    const capacity = allocatable.get(resource) ?? 0;
    const used = (state.requested.get(resource) ?? 0) + (demand.scoringRequests.get(resource) ?? 0);
    return capacity > 0 && used <= capacity ? (capacity - used) / capacity : 0;
  });
  return (MAX_SCORE * shares.reduce((sum, share) => sum + share, 0)) / shares.length;
}

/**
 * How many pods of the same controller the node runs: the fewer the better. A pod that says itself how to spread is left to that.
 *
 * Kubernetes also spreads over zones by default, and by the Services a pod belongs to; left out because counting the pods of
 * one controller shows the same idea and costs one look-up.
 */
function siblings(pod: Pod, state: NodeState): number {
  if (pod.spec?.topologySpreadConstraints?.length) return 0;
  const owner = controllerOf(pod)?.uid;
  return owner ? state.podsOwnedBy(owner) : 0;
}

/** Taints of effect PreferNoSchedule that the pod does not tolerate. */
function unwantedTaints(pod: Pod, state: NodeState): number {
  return (state.node?.spec?.taints ?? []).filter(
    (taint) => taint.effect === 'PreferNoSchedule' && !tolerates(pod, taint),
  ).length;
}

const likedNode = (pod: Pod, { node }: NodeState) => (node ? preferredWeight(pod, node) : 0);

/** Scales counts to 0-100, the highest count worst (or best). */
function normalize(counts: readonly number[], highestIsBest: boolean): number[] {
  const highest = Math.max(...counts);
  return counts.map((count) => {
    const share = highest > 0 ? (MAX_SCORE * count) / highest : 0;
    return highestIsBest ? share : MAX_SCORE - share;
  });
}

/** Scales numbers of any sign to 0-100, the highest best; all 0 when they are equal. */
function stretch(values: readonly number[]): number[] {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (highest > lowest ? (MAX_SCORE * (value - lowest)) / (highest - lowest) : 0));
}

const WEIGHTS = { leastAllocated: 1, spreading: 2, taints: 3, nodeAffinity: 2, podAffinity: 2 } as const;

/** What the wishes are judged by. */
export interface Candidates {
  /** all nodes: their pods count */
  readonly nodes: readonly NodeState[];
  /** those that passed the filters */
  readonly fitting: readonly NodeState[];
  readonly namespaceLabels: NamespaceLabels;
}

/** Weighted sums for the fitting nodes, in their order. */
export function scoreNodes(pod: Pod, demand: PodDemand, { nodes, fitting, namespaceLabels }: Candidates): number[] {
  const scores = fitting.map((state) => WEIGHTS.leastAllocated * leastAllocated(demand, state));
  const add = (weight: number, values: readonly number[] | undefined) =>
    values?.forEach((value, index) => {
      scores[index] = (scores[index] ?? 0) + weight * value;
    });
  const count = (counter: (pod: Pod, state: NodeState) => number) => fitting.map((state) => counter(pod, state));
  add(WEIGHTS.spreading, normalize(count(siblings), false));
  add(WEIGHTS.spreading, spreadScores(pod, nodes, fitting));
  add(WEIGHTS.taints, normalize(count(unwantedTaints), false));
  add(WEIGHTS.nodeAffinity, normalize(count(likedNode), true));
  const totals = podAffinityTotals(pod, nodes, fitting, namespaceLabels);
  add(WEIGHTS.podAffinity, totals && stretch(totals));
  return scores;
}
