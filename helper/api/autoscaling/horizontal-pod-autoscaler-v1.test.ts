import fc from 'fast-check';
import type { HorizontalPodAutoscalerSpec, MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2';
import type { KubeObject } from '../meta';
import type { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler';
import { oldAutoscalerKind } from './horizontal-pod-autoscaler-v1';

const quantity = fc.constantFrom('1', '250m', '2Gi');
const metric = fc.record({ name: fc.constantFrom('hits', 'queue') }).map((identifier) => ({
  ...identifier,
  selector: { matchLabels: { app: 'web' } },
}));
const utilization = fc
  .integer({ min: 1, max: 100 })
  .map((averageUtilization) => ({ type: 'Utilization', averageUtilization }));
const averageValue = quantity.map((value) => ({ type: 'AverageValue', averageValue: value }));
const value = quantity.map((amount) => ({ type: 'Value', value: amount }));
const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'web' };

const otherMetric: fc.Arbitrary<MetricSpec> = fc.oneof(
  fc.record({ name: fc.constant('memory'), target: fc.oneof(utilization, averageValue) }).map((resource) => ({
    type: 'Resource',
    resource,
  })),
  fc
    .record({ name: fc.constant('cpu'), container: fc.constant('c'), target: utilization })
    .map((containerResource) => ({ type: 'ContainerResource', containerResource })),
  fc.record({ metric, target: averageValue }).map((pods) => ({ type: 'Pods', pods })),
  fc.record({ metric, target: fc.oneof(value, averageValue) }).map((external) => ({ type: 'External', external })),
  fc.record({ metric, target: value }).map((object) => ({ type: 'Object', object: { ...object, describedObject } })),
);
const cpuShare: fc.Arbitrary<MetricSpec> = utilization.map((target) => ({
  type: 'Resource',
  resource: { name: 'cpu', target },
}));
const currentMetric: fc.Arbitrary<MetricStatus> = fc.oneof(
  fc.constant({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 5, averageValue: '10m' } } }),
  fc.constant({ type: 'External', external: { metric: { name: 'q' }, current: { value: '4' } } }),
  fc.constant({ type: 'Pods', pods: { metric: { name: 'q' }, current: { averageValue: '4' } } }),
);

/** What is stored: the share of the cpu, when there is one, stands first, as v1 puts it there. */
const autoscaler: fc.Arbitrary<HorizontalPodAutoscaler> = fc
  .record({
    cpu: fc.option(cpuShare, { nil: undefined }),
    others: fc.array(otherMetric, { maxLength: 3 }),
    behavior: fc.option(fc.constant({ scaleUp: { selectPolicy: 'Max', stabilizationWindowSeconds: 3 } }), {
      nil: undefined,
    }),
    current: fc.array(currentMetric, { maxLength: 2 }),
    annotations: fc.constantFrom(undefined, { kept: 'yes' }),
  })
  .map(({ cpu, others, behavior, current, annotations }) => {
    const metrics = [...(cpu ? [cpu] : []), ...others];
    const spec: HorizontalPodAutoscalerSpec = {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 3,
      ...(metrics.length > 0 ? { metrics } : {}),
      ...(behavior ? { behavior } : {}),
    };
    return {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', ...(annotations ? { annotations } : {}) },
      spec,
      status: {
        desiredReplicas: 1,
        ...(current.length > 0 ? { currentMetrics: current } : {}),
        conditions: [{ type: 'AbleToScale', status: 'True' }],
      },
    };
  });

const shown = (object: object) => oldAutoscalerKind.face?.fromStored([structuredClone(object) as KubeObject]);
const stored = (object: object) =>
  (oldAutoscalerKind.face?.toStored([structuredClone(object) as KubeObject]) as KubeObject[] | undefined)?.[0];

test('autoscaling/v1 shows every autoscaler and gives it back as it was', () => {
  fc.assert(fc.property(autoscaler, (object) => expect(stored((shown(object) as object[])[0] ?? {})).toEqual(object)));
});

test('nonsense in the carried annotations is dropped', () => {
  const annotations = {
    'autoscaling.alpha.kubernetes.io/metrics': '{"not":"a list"}',
    'autoscaling.alpha.kubernetes.io/behavior': 'no JSON',
    'autoscaling.alpha.kubernetes.io/conditions': '[1]',
    mine: 'x',
  };
  const old = {
    metadata: { name: 'a', annotations },
    spec: { maxReplicas: 1, targetCPUUtilizationPercentage: 7 },
    status: {},
  };
  expect(stored(old)).toMatchObject({
    metadata: { annotations: { mine: 'x' } },
    spec: { metrics: [{ resource: { target: { averageUtilization: 7 } } }] },
    status: {},
  });
  expect(stored(old)).not.toHaveProperty('spec.behavior');
});
