/**
 * PodDisruptionBudget: how many pods of a selector may be taken away on purpose at a time. Eviction asks it.
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
 */
import type { PodDisruptionBudget as PublishedPodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { validateCountOrPercent } from '../apps/count-or-percent';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid } from '../field-error';
import { optionalOneOf, validateNotNegative } from '../field-rules';
import { validateLabelSelector } from '../label-selector';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type PodDisruptionBudget = ApiObject<PublishedPodDisruptionBudget>;

export const podDisruptionBudgetResource: Resource<PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  categories: [],
  namespaced: true,
};

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];
const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

function validateBudget({ spec = {} }: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable } = spec;
  const isBoth = minAvailable !== undefined && maxUnavailable !== undefined;
  return [
    ...(isBoth ? [invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')] : []),
    ...validateCountOrPercent(minAvailable, 'spec.minAvailable', { atMostAll: true }),
    ...validateCountOrPercent(maxUnavailable, 'spec.maxUnavailable', { atMostAll: true }),
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...optionalOneOf(spec.unhealthyPodEvictionPolicy, EVICTION_POLICIES, 'spec.unhealthyPodEvictionPolicy'),
  ];
}

/** Row of the table: PodDisruptionBudget. */
export const podDisruptionBudgetKind = /* @__PURE__ */ defineKind<PodDisruptionBudget>({
  resource: podDisruptionBudgetResource,
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  updateNeedsVersion: true,
  hasStatus: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column('Min Available', 'string', 'The minimum number of pods that must be available.', ({ spec }) =>
      String(spec?.minAvailable ?? 'N/A'),
    ),
    column('Max Unavailable', 'string', 'The maximum number of pods that may be unavailable.', ({ spec }) =>
      String(spec?.maxUnavailable ?? 'N/A'),
    ),
    column(
      'Allowed Disruptions',
      'integer',
      'Calculated number of pods that may be disrupted at this time.',
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    ageColumn,
  ],
  prepareForCreate(budget) {
    budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validate: validateBudget,
  validateStatusUpdate: ({ status }) => COUNTS.flatMap((key) => validateNotNegative(status?.[key], `status.${key}`)),
});
