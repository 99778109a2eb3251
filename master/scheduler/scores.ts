/**
 * Scores: how good a node that passed the filters is, 0 (worst) to 100, one function a wish.
 *
 * The weights are Kubernetes' defaults where it has the same wish.
 * https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
 */
import type { Pod } from '../../helper/api/core/pod';
import { controllerOf } from '../../helper/api/meta';
import { tolerates } from './filters';
import { preferredWeight } from './node-affinity';
import type { NodeState } from './node-state';
import { allocatableOf, type PodDemand } from './pod-demand';

const MAX_SCORE = 100;

/** Free share of cpu and memory after the pod, averaged: emptier nodes first. */
export function leastAllocated(demand: PodDemand, state: NodeState): number {
  const allocatable = allocatableOf(state.node);
  const shares = ['cpu', 'memory'].map((resource) => {
    const capacity = allocatable.get(resource) ?? 0;
    const used = (state.requested.get(resource) ?? 0) + (demand.scoringRequests.get(resource) ?? 0);
    return capacity > 0 && used <= capacity ? (capacity - used) / capacity : 0;
  });
  return (MAX_SCORE * shares.reduce((sum, share) => sum + share, 0)) / shares.length;
}

/** How many pods of the same controller (or, without one, the same labels) the node runs: the fewer the better. */
export function siblings(pod: Pod, state: NodeState): number {
  const owner = controllerOf(pod)?.uid;
  if (!owner) return 0;
  let count = 0;
  for (const other of state.pods.values()) if (controllerOf(other)?.uid === owner) count += 1;
  return count;
}

/** Taints of effect PreferNoSchedule that the pod does not tolerate. */
function unwantedTaints(pod: Pod, state: NodeState): number {
  return (state.node?.spec?.taints ?? []).filter(
    (taint) => taint.effect === 'PreferNoSchedule' && !tolerates(pod, taint),
  ).length;
}

/** Scales counts to 0-100, the highest count worst (or best). */
function normalize(counts: readonly number[], highestIsBest: boolean): number[] {
  const highest = Math.max(...counts);
  return counts.map((count) => {
    const share = highest > 0 ? (MAX_SCORE * count) / highest : 0;
    return highestIsBest ? share : MAX_SCORE - share;
  });
}

const WEIGHTS = { leastAllocated: 1, spreading: 2, taints: 3, affinity: 2 } as const;

/** Weighted sums for nodes that all passed the filters, in their order. */
export function scoreNodes(pod: Pod, demand: PodDemand, states: readonly NodeState[]): number[] {
  const spreading = normalize(
    states.map((state) => siblings(pod, state)),
    false,
  );
  const taints = normalize(
    states.map((state) => unwantedTaints(pod, state)),
    false,
  );
  const affinity = normalize(
    states.map((state) => (state.node ? preferredWeight(pod, state.node) : 0)),
    true,
  );
  return states.map(
    (state, index) =>
      WEIGHTS.leastAllocated * leastAllocated(demand, state) +
      WEIGHTS.spreading * (spreading[index] ?? 0) +
      WEIGHTS.taints * (taints[index] ?? 0) +
      WEIGHTS.affinity * (affinity[index] ?? 0),
  );
}
