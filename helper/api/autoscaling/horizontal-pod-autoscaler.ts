/**
 * HorizontalPodAutoscaler: how many pods a workload should have, by what they use or by any other measure.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
import type {
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
  HorizontalPodAutoscaler as PublishedAutoscaler,
} from 'kubernetes-types/autoscaling/v2';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { validateNotNegative } from '../field-rules';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { formatMetrics } from './format-metrics';
import { validateAutoscalerSpec } from './horizontal-pod-autoscaler-validation';

export type HorizontalPodAutoscaler = ApiObject<PublishedAutoscaler>;

const horizontalPodAutoscalerResource: Resource<HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
};

const DEFAULT_CPU_PERCENT = 80;

/** Up at once: the larger of doubling and four pods a quarter of a minute. */
const SCALE_UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
/** Down to what is wanted, as soon as the controller's own window allows. */
const SCALE_DOWN: HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

function withDefaults(rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules {
  const given = Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return { ...structuredClone(defaults), ...Object.fromEntries(given) };
}

function defaultSpec(spec: HorizontalPodAutoscalerSpec): void {
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) {
    const target = { type: 'Utilization', averageUtilization: DEFAULT_CPU_PERCENT };
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  const { behavior } = spec;
  if (!behavior) return;
  behavior.scaleUp = withDefaults(behavior.scaleUp, SCALE_UP);
  behavior.scaleDown = withDefaults(behavior.scaleDown, SCALE_DOWN);
}

/** Row of the table: HorizontalPodAutoscaler. */
export const horizontalPodAutoscalerKind = /* @__PURE__ */ defineKind<HorizontalPodAutoscaler>({
  resource: horizontalPodAutoscalerResource,
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  hasStatus: true,
  columns: () => [
    nameColumn,
    column('Reference', 'string', 'The workload that is scaled.', ({ spec }) => {
      const { kind = '', name = '' } = spec?.scaleTargetRef ?? {};
      return `${kind}/${name}`;
    }),
    column('Targets', 'string', 'What each metric is and what it should be.', ({ spec, status }) =>
      formatMetrics(spec?.metrics, status?.currentMetrics),
    ),
    column('MinPods', 'string', 'The fewest pods there may be.', ({ spec }) => String(spec?.minReplicas ?? '<unset>')),
    column('MaxPods', 'string', 'The most pods there may be.', ({ spec }) => spec?.maxReplicas ?? 0),
    column('Replicas', 'string', 'The pods there are.', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn,
  ],
  prepareForCreate(autoscaler) {
    autoscaler.status = { currentReplicas: 0, desiredReplicas: 0 };
  },
  applyDefaults({ spec }) {
    if (spec) defaultSpec(spec);
  },
  validate: ({ spec }) => validateAutoscalerSpec(spec, 'spec'),
  validateStatusUpdate: ({ status }) => [
    ...validateNotNegative(status?.currentReplicas, 'status.currentReplicas'),
    ...validateNotNegative(status?.desiredReplicas, 'status.desiredReplicas'),
  ],
});
