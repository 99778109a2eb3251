import { rulesOf } from '../kind-rules.fixture';
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler';

describe('HorizontalPodAutoscaler', () => {
  const rules = rulesOf(horizontalPodAutoscalerKind, 'horizontal-pod-autoscaler');

  rules.fillsIn([
    [
      { 'spec/minReplicas': undefined, 'spec/metrics': undefined, 'spec/behavior': undefined },
      {
        'spec/minReplicas': 1,
        'spec/metrics': [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
        'spec/behavior': undefined,
      },
    ],
    [
      {},
      {
        'spec/behavior/scaleDown': {
          stabilizationWindowSeconds: 60,
          selectPolicy: 'Max',
          policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
        },
        'spec/behavior/scaleUp/stabilizationWindowSeconds': 0,
      },
    ],
  ]);

  rules.refuses([
    [{ 'spec/minReplicas': 0 }, 'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
    [
      { 'spec/maxReplicas': 0 },
      'spec.maxReplicas: Invalid value: 0: must be greater than 0',
      'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
    ],
    [{ 'spec/maxReplicas': 1 }, 'spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`'],
    [{ 'spec/scaleTargetRef/kind': '' }, 'spec.scaleTargetRef.kind: Required value'],
    [{ 'spec/scaleTargetRef/name': 'a/b' }, 'spec.scaleTargetRef.name: Invalid value: "a/b": may not contain \'/\''],
    [
      { 'spec/scaleTargetRef/apiVersion': 'a/b/c' },
      'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
    [
      { 'spec/metrics/0/type': '' },
      'spec.metrics[0].type: Required value: must specify a metric source type',
      'spec.metrics[0].type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    ],
    [
      { 'spec/metrics/0/type': 'Weather' },
      'spec.metrics[0].type: Unsupported value: "Weather": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    ],
    [
      { 'spec/metrics/0/type': 'Pods' },
      'spec.metrics[0].pods: Required value: must populate information for the given metric source',
    ],
    [
      { 'spec/metrics/0/resource/name': '' },
      'spec.metrics[0].resource.name: Required value: must specify a resource name',
    ],
    [
      { 'spec/metrics/0/resource/target': { type: 'Utilization' } },
      'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ],
    [
      { 'spec/metrics/0/resource/target': { type: 'Sometimes', averageUtilization: 0 } },
      'spec.metrics[0].resource.target.type: Invalid value: "Sometimes": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
    ],
    [
      { 'spec/metrics/0/resource/target': { type: 'Utilization', averageUtilization: 5, averageValue: '1' } },
      'spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
    ],
    [
      { 'spec/metrics/0': { type: 'Pods', pods: { metric: { name: 'x' }, target: { type: 'AverageValue' } } } },
      'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
    ],
    [
      {
        'spec/metrics/0': {
          type: 'External',
          external: { metric: { name: '' }, target: { type: 'Value', value: '-1' } },
        },
      },
      'spec.metrics[0].external.metric.name: Required value: must specify a metric name',
      'spec.metrics[0].external.target.value: Invalid value: "-1": must be positive',
    ],
    [
      {
        'spec/metrics/0': {
          type: 'Object',
          object: {
            describedObject: { kind: 'Service' },
            metric: { name: 'x' },
            target: { type: 'Value', value: '1' },
          },
        },
      },
      'spec.metrics[0].object.describedObject.name: Required value',
    ],
    [
      { 'spec/behavior/scaleDown/stabilizationWindowSeconds': 3601 },
      'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    ],
    [
      { 'spec/behavior/scaleUp': { selectPolicy: 'Random', policies: [] } },
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Random": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
    ],
    [
      { 'spec/behavior/scaleUp': { policies: [{ type: 'Nodes', value: 0, periodSeconds: 1801 }] } },
      'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Nodes": supported values: "Pods", "Percent"',
      'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ]);

  rules.accepts([
    {
      'spec/metrics/0': {
        type: 'Pods',
        pods: { metric: { name: 'x' }, target: { type: 'AverageValue', averageValue: '10' } },
      },
    },
    {
      'spec/metrics/0': {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 5 } },
      },
    },
  ]);

  rules.refusesStatus([
    [
      { status: { currentReplicas: -1, desiredReplicas: -1 } },
      'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.desiredReplicas: Invalid value: -1: must be greater than or equal to 0',
    ],
  ]);
});
