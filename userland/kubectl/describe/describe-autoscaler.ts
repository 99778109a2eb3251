/**
 * `describe hpa`: every metric with where it stands and where it should, and how fast the autoscaler may act on it.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
import type { HPAScalingRules, MetricSpec, MetricStatus, MetricTarget } from 'kubernetes-types/autoscaling/v2';
import type { HorizontalPodAutoscaler } from '../../../helper/api/autoscaling/horizontal-pod-autoscaler';
import { describeHead } from './describe-head';
import { type DescribeText, timeText } from './describe-text';

type Current =
  | { readonly averageUtilization?: number; readonly averageValue?: string; readonly value?: string }
  | undefined;

const UNKNOWN = '<unknown>';

/** Of a resource: a share of what the pods ask for, or an amount. */
function resourceLine(label: string, { averageUtilization, averageValue }: MetricTarget, current: Current): string[] {
  if (averageValue !== undefined) return [`${label}:`, `${current?.averageValue ?? UNKNOWN} / ${averageValue}`];
  const now =
    current?.averageUtilization === undefined
      ? UNKNOWN
      : `${current.averageUtilization}% (${current.averageValue ?? '0'})`;
  const wanted = averageUtilization === undefined ? '<auto>' : `${averageUtilization}%`;
  return [`${label}  (as a percentage of request):`, `${now} / ${wanted}`];
}

function valueLine(label: string, { averageValue, value }: MetricTarget, current: Current): string[] {
  if (averageValue !== undefined)
    return [`${label} (target average value):`, `${current?.averageValue ?? UNKNOWN} / ${averageValue}`];
  return [`${label} (target value):`, `${current?.value ?? UNKNOWN} / ${value ?? ''}`];
}

function metricLine(metric: MetricSpec, status: MetricStatus | undefined): string[] {
  const { resource, containerResource, pods, object, external } = metric;
  if (resource) return resourceLine(`resource ${resource.name} on pods`, resource.target, status?.resource?.current);
  if (containerResource) {
    const label = `resource ${containerResource.name} of container "${containerResource.container}" on pods`;
    return resourceLine(label, containerResource.target, status?.containerResource?.current);
  }
  if (pods)
    return [
      `"${pods.metric.name}" on pods:`,
      `${status?.pods?.current.averageValue ?? UNKNOWN} / ${pods.target.averageValue ?? ''}`,
    ];
  if (object) {
    const label = `"${object.metric.name}" on ${object.describedObject.kind}/${object.describedObject.name}`;
    return valueLine(label, object.target, status?.object?.current);
  }
  if (external) return valueLine(`"${external.metric.name}"`, external.target, status?.external?.current);
  return [`<unknown metric type "${metric.type}">`];
}

function describeRules(text: DescribeText, label: string, rules: HPAScalingRules | undefined): void {
  if (!rules) return;
  text.line(1, `${label}:`);
  if (rules.stabilizationWindowSeconds !== undefined)
    text.line(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds`);
  if (!rules.policies?.length) return;
  text.line(2, `Select Policy: ${rules.selectPolicy ?? 'Max'}`).line(2, 'Policies:');
  for (const { type, value, periodSeconds } of rules.policies)
    text.line(3, `- Type: ${type}`, `Value: ${value}`, `Period: ${periodSeconds} seconds`);
}

export function describeAutoscaler(text: DescribeText, autoscaler: HorizontalPodAutoscaler): void {
  const { metadata, spec, status } = autoscaler;
  describeHead(text, autoscaler);
  text.line(0, 'CreationTimestamp:', timeText(metadata.creationTimestamp as string | undefined));
  const target = spec?.scaleTargetRef;
  text.line(0, 'Reference:', `${target?.kind ?? ''}/${target?.name ?? ''}`).line(0, 'Metrics:', '( current / target )');
  (spec?.metrics ?? []).forEach((metric, index) => {
    text.line(1, ...metricLine(metric, status?.currentMetrics?.[index]));
  });
  text.line(0, 'Min replicas:', spec?.minReplicas ?? '<unset>').line(0, 'Max replicas:', spec?.maxReplicas ?? 0);
  if (spec?.behavior) {
    text.line(0, 'Behavior:');
    describeRules(text, 'Scale Up', spec.behavior.scaleUp);
    describeRules(text, 'Scale Down', spec.behavior.scaleDown);
  }
  const replicas = `${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired`;
  text.line(0, `${target?.kind ?? ''} pods:`, replicas);
  if (!status?.conditions?.length) return;
  const rows = status.conditions.map(({ type, status, reason = '', message = '' }) => [type, status, reason, message]);
  text.line(0, 'Conditions:').table(1, ['Type', 'Status', 'Reason', 'Message'], rows);
}
