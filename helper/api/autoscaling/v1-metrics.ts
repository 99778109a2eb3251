/**
 * Metrics in the words of autoscaling/v1, which carries those that are not about the cpu in annotations.
 *
 * One metric is an object with a type and, under the type's name, its source. v2 sorted the same facts into `metric`,
 * `target` and `current`; here they stand side by side.
 */
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from 'kubernetes-types/autoscaling/v2';

/** A metric as v1 writes it: type, and flat facts under the field of the type. */
export type OldMetric = { readonly type?: string } & Readonly<Record<string, unknown>>;

type Facts = Readonly<Record<string, unknown>>;

const FIELDS: Readonly<Record<string, string>> = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
};

const fieldOf = (type: string | undefined) => FIELDS[type ?? ''] ?? '';
/** The facts that are there; absent ones are left out. */
const present = (facts: Facts) =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Facts;

function factsOf(metric: OldMetric): Facts {
  const facts = metric[fieldOf(metric.type)];
  return typeof facts === 'object' && facts !== null ? (facts as Facts) : {};
}

/** Who is measured and what the measure is called: alike in spec and status. */
function oldIdentity(type: string | undefined, source: Facts): Facts {
  const metric = (source['metric'] ?? {}) as { name?: string; selector?: unknown };
  if (type === 'Resource') return { name: source['name'] };
  if (type === 'ContainerResource') return { name: source['name'], container: source['container'] };
  if (type === 'External') return { metricName: metric.name, metricSelector: metric.selector };
  return { target: source['describedObject'], metricName: metric.name, selector: metric.selector };
}

function identityOfOld(type: string | undefined, facts: Facts): Facts {
  if (type === 'Resource') return { name: facts['name'] };
  if (type === 'ContainerResource') return { name: facts['name'], container: facts['container'] };
  const selector = type === 'External' ? facts['metricSelector'] : facts['selector'];
  return { describedObject: facts['target'], metric: present({ name: facts['metricName'], selector }) };
}

/** A metric of spec.metrics as v1 says it. */
export function oldSpec(spec: MetricSpec): OldMetric {
  const { type } = spec;
  const source = (spec as unknown as Record<string, Facts>)[fieldOf(type)] ?? {};
  const { value, averageValue, averageUtilization } = (source['target'] ?? {}) as MetricTarget;
  const identity = oldIdentity(type, source);
  const target =
    type === 'Object'
      ? { targetValue: value ?? '0', averageValue }
      : type === 'External'
        ? { targetValue: value, targetAverageValue: averageValue }
        : { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue };
  return { type, [fieldOf(type)]: present({ ...identity, ...target }) };
}

function targetOfOld(type: string | undefined, facts: Facts): MetricTarget {
  const averageValue = (type === 'Object' ? facts['averageValue'] : facts['targetAverageValue']) as string | undefined;
  const averageUtilization = facts['targetAverageUtilization'] as number | undefined;
  if (averageUtilization !== undefined) return { type: 'Utilization', averageUtilization };
  if (averageValue !== undefined) return { type: 'AverageValue', averageValue };
  return { type: 'Value', ...present({ value: facts['targetValue'] }) };
}

/** Reverses {@link oldSpec}. */
export function specOfOld(metric: OldMetric): MetricSpec {
  const { type } = metric;
  const facts = factsOf(metric);
  const source = { ...present(identityOfOld(type, facts)), target: targetOfOld(type, facts) };
  return { type: type ?? '', [fieldOf(type)]: source } as unknown as MetricSpec;
}

/** A metric of status.currentMetrics as v1 says it. */
export function oldStatus(status: MetricStatus): OldMetric {
  const { type } = status;
  const source = (status as unknown as Record<string, Facts>)[fieldOf(type)] ?? {};
  const { value, averageValue, averageUtilization } = (source['current'] ?? {}) as MetricValueStatus;
  const current =
    type === 'Object'
      ? { currentValue: value ?? '0', averageValue }
      : type === 'External'
        ? { currentValue: value ?? '0', currentAverageValue: averageValue }
        : { currentAverageUtilization: averageUtilization, currentAverageValue: averageValue ?? '0' };
  return { type, [fieldOf(type)]: present({ ...oldIdentity(type, source), ...current }) };
}

/** Reverses {@link oldStatus}. */
export function statusOfOld(metric: OldMetric): MetricStatus {
  const { type } = metric;
  const facts = factsOf(metric);
  const averageValue = type === 'Object' ? facts['averageValue'] : facts['currentAverageValue'];
  const current = present({
    value: facts['currentValue'],
    averageValue,
    averageUtilization: facts['currentAverageUtilization'],
  });
  return {
    type: type ?? '',
    [fieldOf(type)]: { ...present(identityOfOld(type, facts)), current },
  } as unknown as MetricStatus;
}
