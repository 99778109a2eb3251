/**
 * The TARGETS column: `cpu: 12%/80%`, what there is before the slash, what should be behind it.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/
 */
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from 'kubernetes-types/autoscaling/v2';

/** Metrics that are named; the others are only counted. */
const SHOWN = 2;
const UNKNOWN = '<unknown>';

/** A measure that stands for itself: a plain value, or one per pod. */
function plain(target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  return `${current?.value ?? UNKNOWN}/${target.value ?? ''}`;
}

/** A resource of the pods: an amount per pod, or a share of what they request. */
function resource(name: string, target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const percent = (value: number | undefined, otherwise: string) => (value === undefined ? otherwise : `${value}%`);
  const wanted = percent(target.averageUtilization, '<auto>');
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${wanted}`;
}

function formatMetric(spec: MetricSpec, status: MetricStatus | undefined): string {
  if (spec.type === 'External' && spec.external) return plain(spec.external.target, status?.external?.current);
  if (spec.type === 'Object' && spec.object) return plain(spec.object.target, status?.object?.current);
  if (spec.type === 'Pods' && spec.pods) {
    return `${status?.pods?.current?.averageValue ?? UNKNOWN}/${spec.pods.target?.averageValue ?? ''}`;
  }
  if (spec.type === 'Resource' && spec.resource) {
    return resource(spec.resource.name, spec.resource.target, status?.resource?.current);
  }
  if (spec.type === 'ContainerResource' && spec.containerResource) {
    const { name, target } = spec.containerResource;
    return resource(name, target, status?.containerResource?.current);
  }
  return '<unknown type>';
}

/** One text for all metrics; `<none>` without any. */
export function formatMetrics(
  specs: readonly MetricSpec[] | undefined,
  statuses: readonly MetricStatus[] | undefined,
): string {
  if (!specs?.length) return '<none>';
  const texts = specs.map((spec, index) => formatMetric(spec, statuses?.[index]));
  const shown = texts.slice(0, SHOWN).join(', ');
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
}
