/**
 * Score plugin: wishes of pods about each other. Each pod that a wish speaks of adds the wish's weight to its domain; the wishes
 * of running pods about the newcomer count like its own, and so, with weight 1, do their affinity rules.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
import type { Pod } from '../../helper/api/core/pod';
import { means, type NamespaceLabels, podTerms } from './affinity-terms';
import type { NodeState } from './node-state';
import { TopologyCounts } from './topology-counts';

/** Kubernetes' default weight of a running pod's affinity rule in favour of the newcomer. */
const HARD_AFFINITY_WEIGHT = 1;

function addOwnWishes(totals: TopologyCounts, pod: Pod, state: NodeState, namespaceLabels: NamespaceLabels): void {
  const { preferred } = podTerms(pod);
  if (preferred.length === 0) return;
  for (const running of state.pods.values()) {
    for (const { term, weight } of preferred) {
      if (means(term, running, namespaceLabels)) totals.add(term.topologyKey, state, weight);
    }
  }
}

function addOthersWishes(totals: TopologyCounts, pod: Pod, state: NodeState, namespaceLabels: NamespaceLabels): void {
  for (const running of state.wishingPods.values()) {
    const { preferred, requiredAffinity } = podTerms(running);
    for (const { term, weight } of preferred) {
      if (means(term, pod, namespaceLabels)) totals.add(term.topologyKey, state, weight);
    }
    for (const term of requiredAffinity) {
      if (means(term, pod, namespaceLabels)) totals.add(term.topologyKey, state, HARD_AFFINITY_WEIGHT);
    }
  }
}

/** Totals of the weights for each of `fitting`, of any sign; undefined when no wish concerns the pod. */
export function podAffinityTotals(
  pod: Pod,
  nodes: readonly NodeState[],
  fitting: readonly NodeState[],
  namespaceLabels: NamespaceLabels,
): number[] | undefined {
  const totals = new TopologyCounts();
  for (const state of nodes) {
    addOwnWishes(totals, pod, state, namespaceLabels);
    addOthersWishes(totals, pod, state, namespaceLabels);
  }
  return totals.isEmpty ? undefined : fitting.map((state) => totals.sumAt(state));
}
