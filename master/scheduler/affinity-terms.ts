/**
 * What a pod says about other pods, made ready for comparing: "near those" (affinity) and "away from those" (anti-affinity).
 *
 * A term names other pods by labels and namespaces, and says how far "near" reaches: all nodes that share the value of the label
 * `topologyKey` are one domain. Required terms are rules, preferred ones are wishes with a weight.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
import type { PodAffinityTerm, WeightedPodAffinityTerm } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { matchesRequirements, type Requirement, requirementsOf } from '../../helper/api/label-selector';
import type { LabelSelector } from '../../helper/api/meta';

/** The labels of a namespace; undefined when it is not known. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

export interface AffinityTerm {
  readonly topologyKey: string;
  /** undefined: no pod is meant */
  readonly selector: readonly Requirement[] | undefined;
  readonly namespaces: ReadonlySet<string>;
  /** namespaces chosen by their labels, besides the named ones; undefined: none */
  readonly namespaceSelector: readonly Requirement[] | undefined;
}

interface WeightedTerm {
  readonly term: AffinityTerm;
  /** 1 to 100; negative for "away from those" */
  readonly weight: number;
}

export interface PodTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferred: readonly WeightedTerm[];
}

const NO_TERMS: PodTerms = { requiredAffinity: [], requiredAntiAffinity: [], preferred: [] };
// Pods are shared, immutable objects of the informer, so their terms are prepared once for each.
const known = new WeakMap<Pod, PodTerms>();

/**
 * Requirements that the labels under `keys` are, or are not, those of `pod`. Keys the pod does not have are left out.
 *
 * Kubernetes also writes the match keys of pod affinity into the stored selector when the pod is created; left out because
 * reading the pod's labels here gives the same answer, except for a pod whose labels change afterwards.
 */
export function requirementsOfKeys(pod: Pod, keys: readonly string[] = [], operator: 'In' | 'NotIn'): Requirement[] {
  return keys.flatMap((key): Requirement[] => {
    const value = pod.metadata.labels?.[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}

function prepareTerm(pod: Pod, term: PodAffinityTerm): AffinityTerm {
  const { topologyKey, labelSelector, namespaces = [], namespaceSelector, matchLabelKeys, mismatchLabelKeys } = term;
  const isOwnNamespace = namespaces.length === 0 && !namespaceSelector;
  return {
    topologyKey,
    selector: labelSelector && [
      ...requirementsOf(labelSelector as LabelSelector),
      ...requirementsOfKeys(pod, matchLabelKeys, 'In'),
      ...requirementsOfKeys(pod, mismatchLabelKeys, 'NotIn'),
    ],
    namespaces: new Set(isOwnNamespace ? [pod.metadata.namespace ?? ''] : namespaces),
    namespaceSelector: namespaceSelector && requirementsOf(namespaceSelector as LabelSelector),
  };
}

function prepareWishes(pod: Pod, wishes: readonly WeightedPodAffinityTerm[] = [], sign: 1 | -1): WeightedTerm[] {
  return wishes.map(({ weight, podAffinityTerm }) => ({
    term: prepareTerm(pod, podAffinityTerm),
    weight: sign * weight,
  }));
}

/** The pod's terms; all lists are empty when it says nothing about other pods. */
export function podTerms(pod: Pod): PodTerms {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return NO_TERMS;
  let terms = known.get(pod);
  if (!terms) {
    const prepare = (list: readonly PodAffinityTerm[] = []) => list.map((term) => prepareTerm(pod, term));
    terms = {
      requiredAffinity: prepare(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
      requiredAntiAffinity: prepare(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
      preferred: [
        ...prepareWishes(pod, podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1),
        ...prepareWishes(pod, podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
      ],
    };
    known.set(pod, terms);
  }
  return terms;
}

/** True when the term speaks of `other`. */
export function means(term: AffinityTerm, other: Pod, namespaceLabels: NamespaceLabels): boolean {
  if (!term.selector || !matchesRequirements(term.selector, other.metadata.labels)) return false;
  const namespace = other.metadata.namespace ?? '';
  if (term.namespaces.has(namespace)) return true;
  if (!term.namespaceSelector) return false;
  if (term.namespaceSelector.length === 0) return true;
  const labels = namespaceLabels(namespace);
  return labels !== undefined && matchesRequirements(term.namespaceSelector, labels);
}
