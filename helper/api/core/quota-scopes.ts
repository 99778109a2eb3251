/**
 * Which pods a quota with scopes is about.
 *
 * A quota without scopes is about everything in its namespace; one with several about pods that are in all of them. Nothing but
 * pods is ever in a scope.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes
 */
import type { PodAffinityTerm, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from 'kubernetes-types/core/v1';
import type { Pod } from './pod-object';
import { qosClassOf } from './pod-resources';

/** The scopes of a quota in one form, whichever way they are written. */
export function scopesOf(spec: ResourceQuotaSpec | undefined): ScopedResourceSelectorRequirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

function affinityTerms({ spec }: Pod): PodAffinityTerm[] {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
}

const isTerminating = ({ spec }: Pod) => (spec?.activeDeadlineSeconds ?? -1) >= 0;
const isBestEffort = ({ spec }: Pod) => spec !== undefined && qosClassOf(spec) === 'BestEffort';

function hasPriority({ operator, values = [] }: ScopedResourceSelectorRequirement, { spec }: Pod): boolean {
  const name = spec?.priorityClassName ?? '';
  if (operator === 'Exists') return name !== '';
  if (operator === 'DoesNotExist') return name === '';
  return values.includes(name) === (operator === 'In');
}

/** Is the pod in the scope? */
export function isInScope(requirement: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return isTerminating(pod);
    case 'NotTerminating':
      return !isTerminating(pod);
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return hasPriority(requirement, pod);
    case 'CrossNamespacePodAffinity':
      return affinityTerms(pod).some(({ namespaces, namespaceSelector }) => namespaces?.length || namespaceSelector);
    default:
      return false;
  }
}
