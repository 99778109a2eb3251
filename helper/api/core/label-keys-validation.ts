/**
 * Rules of `matchLabelKeys` and `mismatchLabelKeys`: labels whose values the scheduler takes from the pod itself, added to a selector.
 *
 * They need a selector to be added to, and a key can be meant in one way only. Kubernetes finds a key that is also in the selector
 * of a template only when pods are made of it; here the template is refused too, because no pod could come of it.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#matchlabelkeys
 */
import type { PodAffinityTerm, TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import { type FieldError, forbidden, invalid } from '../field-error';
import type { LabelSelector } from '../meta';
import { qualifiedNameRule } from '../names';

type Selector = PodAffinityTerm['labelSelector'];

const IN_SELECTOR = 'exists in both matchLabelKeys and labelSelector';
const IN_BOTH = 'exists in both matchLabelKeys and mismatchLabelKeys';

function keysOf(selector: Selector): ReadonlySet<string> {
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as LabelSelector;
  return new Set([...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)]);
}

function withoutSelector(keys: readonly string[], selector: Selector, path: string): FieldError[] {
  return keys.length > 0 && !selector ? [forbidden(path, 'must not be specified when labelSelector is not set')] : [];
}

const invalidNames = (keys: readonly string[], path: string): FieldError[] =>
  keys.flatMap((key, index) => qualifiedNameRule(key).map((reason) => invalid(`${path}[${index}]`, key, reason)));

function named(keys: readonly string[], selector: Selector, path: string): FieldError[] {
  const missing = withoutSelector(keys, selector, path);
  return missing.length > 0 ? missing : invalidNames(keys, path);
}

/** What is wrong with the keys of an affinity or anti-affinity term at `path`. */
export function validateTermLabelKeys(term: PodAffinityTerm, path: string): FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const inSelector = keysOf(labelSelector);
  return [
    ...named(matchLabelKeys, labelSelector, `${path}.matchLabelKeys`),
    ...named(mismatchLabelKeys, labelSelector, `${path}.mismatchLabelKeys`),
    // The index without a field name is Kubernetes' own.
    ...matchLabelKeys.flatMap((key, index) =>
      inSelector.has(key) ? [invalid(`${path}[${index}]`, key, IN_SELECTOR)] : [],
    ),
    ...matchLabelKeys.flatMap((key, index) =>
      mismatchLabelKeys.includes(key) ? [invalid(`${path}.matchLabelKeys[${index}]`, key, IN_BOTH)] : [],
    ),
  ];
}

/** What is wrong with the keys of a topology spread constraint at `path`. */
export function validateSpreadLabelKeys(constraint: TopologySpreadConstraint, path: string): FieldError[] {
  const { matchLabelKeys = [], labelSelector } = constraint;
  const field = `${path}.matchLabelKeys`;
  const inSelector = keysOf(labelSelector);
  return [
    ...withoutSelector(matchLabelKeys, labelSelector, field),
    ...invalidNames(matchLabelKeys, field),
    ...matchLabelKeys.flatMap((key, index) =>
      inSelector.has(key) ? [invalid(`${field}[${index}]`, key, IN_SELECTOR)] : [],
    ),
  ];
}
