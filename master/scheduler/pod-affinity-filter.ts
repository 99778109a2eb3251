/**
 * Filter plugin: rules of pods about each other. A pod goes where those it must be near are, not where those it must avoid
 * are, and not where a running pod wants to be without it.
 *
 * One pass over the pods before the nodes are judged counts who is in which domain; judging a node then is a look at the counts.
 * The rule of running pods holds for every newcomer, so pods with such rules are indexed in {@link NodeState.avoidingPods};
 * without any, and without rules of its own, a pod costs nothing here.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
import type { Pod } from '../../helper/api/core/pod';
import { type AffinityTerm, means, type NamespaceLabels, podTerms } from './affinity-terms';
import type { NodeFilter } from './filters';
import type { NodeState } from './node-state';
import { domainOf, TopologyCounts } from './topology-counts';

/** Domains where the pod would disturb somebody who is there already. */
function countObjections(pod: Pod, nodes: readonly NodeState[], namespaceLabels: NamespaceLabels): TopologyCounts {
  const objections = new TopologyCounts();
  for (const state of nodes) {
    for (const running of state.avoidingPods.values()) {
      for (const term of podTerms(running).requiredAntiAffinity) {
        if (means(term, pod, namespaceLabels)) objections.add(term.topologyKey, state, 1);
      }
    }
  }
  return objections;
}

/** Domains of the pods that `terms` speak of: of all terms at once (`every`), or of each alone (`some`). */
function countMeant(
  terms: readonly AffinityTerm[],
  mode: 'every' | 'some',
  nodes: readonly NodeState[],
  namespaceLabels: NamespaceLabels,
): TopologyCounts {
  const counts = new TopologyCounts();
  if (terms.length === 0) return counts;
  for (const state of nodes) {
    for (const running of state.pods.values()) {
      const meant = terms.filter((term) => means(term, running, namespaceLabels));
      if (mode === 'every' && meant.length < terms.length) continue;
      for (const { topologyKey } of meant) counts.add(topologyKey, state, 1);
    }
  }
  return counts;
}

/** The filter for this pod among these nodes; undefined when no rule concerns it. */
export function podAffinityFilter(
  pod: Pod,
  nodes: readonly NodeState[],
  namespaceLabels: NamespaceLabels,
): NodeFilter | undefined {
  const { requiredAffinity, requiredAntiAffinity } = podTerms(pod);
  const objections = countObjections(pod, nodes, namespaceLabels);
  if (requiredAffinity.length + requiredAntiAffinity.length === 0 && objections.isEmpty) return undefined;
  const wanted = countMeant(requiredAffinity, 'every', nodes, namespaceLabels);
  const avoided = countMeant(requiredAntiAffinity, 'some', nodes, namespaceLabels);
  // The first of a group that wants to be near itself could otherwise never start.
  const isFirstOfItsKind = wanted.isEmpty && requiredAffinity.every((term) => means(term, pod, namespaceLabels));
  const isNearWanted = ({ topologyKey }: AffinityTerm, state: NodeState) =>
    domainOf(state, topologyKey) !== undefined && (isFirstOfItsKind || wanted.at(topologyKey, state) > 0);
  return (state) => {
    if (!requiredAffinity.every((term) => isNearWanted(term, state))) return "node(s) didn't match pod affinity rules";
    if (requiredAntiAffinity.some(({ topologyKey }) => avoided.at(topologyKey, state) > 0))
      return "node(s) didn't match pod anti-affinity rules";
    return objections.sumAt(state) > 0 ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
  };
}
