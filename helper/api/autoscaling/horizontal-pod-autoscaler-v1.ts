/**
 * HorizontalPodAutoscaler of autoscaling/v1: the same objects as v2 in words that know only the cpu.
 *
 * What v1 cannot say (other metrics, conditions, behavior) travels in annotations, so that nothing is lost when an object
 * is read and written through v1.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v1/
 */
import type { HorizontalPodAutoscaler as PublishedAutoscaler } from 'kubernetes-types/autoscaling/v1';
import type { HorizontalPodAutoscalerBehavior, MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2';
import { defineFace } from '../define-face';
import type { ApiObject, KubeObject } from '../meta';
import type { Resource } from '../resource';
import { type HorizontalPodAutoscaler, horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler';
import { type OldMetric, oldSpec, oldStatus, specOfOld, statusOfOld } from './v1-metrics';

type OldAutoscaler = ApiObject<PublishedAutoscaler>;

const oldResource: Resource<OldAutoscaler> = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
};

const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const CARRIED = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

const isCpuShare = ({ type, resource }: MetricSpec) =>
  type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;

const cpuShare = (averageUtilization: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

/** The behavior annotation is written with the names of Go's fields. */
function renamedKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamedKeys(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), renamedKeys(item, rename)]));
}
const capitalized = (key: string) => key.charAt(0).toUpperCase() + key.slice(1);
const uncapitalized = (key: string) => key.charAt(0).toLowerCase() + key.slice(1);

/** The value of a carried annotation; undefined when there is none or somebody wrote nonsense into it. */
function carried(object: KubeObject, annotation: string): unknown {
  const text = object.metadata.annotations?.[annotation];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function carriedList<T>(object: KubeObject, annotation: string): T[] | undefined {
  const value = carried(object, annotation);
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
  return isList ? (value as T[]) : undefined;
}

function withoutCarried({ annotations, ...metadata }: KubeObject['metadata']): KubeObject['metadata'] {
  if (!annotations) return metadata;
  const left = Object.entries(annotations).filter(([key]) => !CARRIED.includes(key));
  return left.length > 0 || Object.keys(annotations).length === 0
    ? { ...metadata, annotations: Object.fromEntries(left) }
    : metadata;
}

function toV2(old: OldAutoscaler): HorizontalPodAutoscaler {
  const { spec, status } = old;
  const metadata = withoutCarried(old.metadata);
  const { targetCPUUtilizationPercentage: percent, ...counts } = spec ?? {};
  const { currentCPUUtilizationPercentage: current, ...seen } = status ?? {};
  const metrics = [
    ...(percent === undefined ? [] : [cpuShare(percent)]),
    ...(carriedList<OldMetric>(old, METRICS) ?? []).map(specOfOld),
  ];
  const behavior = carried(old, BEHAVIOR);
  const conditions = carriedList(old, CONDITIONS);
  const cpuStatus: MetricStatus[] =
    current === undefined
      ? []
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: current } } }];
  const currentMetrics = carriedList<OldMetric>(old, CURRENT_METRICS)?.map(statusOfOld) ?? cpuStatus;
  const isBehavior = typeof behavior === 'object' && behavior !== null;
  return {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    metadata,
    ...(spec
      ? {
          spec: {
            ...counts,
            ...(metrics.length > 0 ? { metrics } : {}),
            ...(isBehavior
              ? { behavior: renamedKeys(behavior, uncapitalized) as HorizontalPodAutoscalerBehavior }
              : {}),
          },
        }
      : {}),
    ...(status
      ? {
          status: {
            ...seen,
            ...(currentMetrics.length > 0 ? { currentMetrics } : {}),
            ...(conditions ? { conditions } : {}),
          },
        }
      : {}),
  } as HorizontalPodAutoscaler;
}

function toV1(autoscaler: HorizontalPodAutoscaler): OldAutoscaler {
  const { metadata, spec, status } = autoscaler;
  const { metrics = [], behavior, ...counts } = spec ?? {};
  const { currentMetrics = [], conditions = [], ...seen } = status ?? {};
  const others = metrics.filter((metric) => !isCpuShare(metric));
  const percent = metrics.find(isCpuShare)?.resource?.target.averageUtilization;
  const cpu = currentMetrics.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  const current = cpu?.resource?.current?.averageUtilization;
  const carry = {
    ...(others.length > 0 ? { [METRICS]: JSON.stringify(others.map(oldSpec)) } : {}),
    ...(currentMetrics.length > 0 ? { [CURRENT_METRICS]: JSON.stringify(currentMetrics.map(oldStatus)) } : {}),
    ...(conditions.length > 0 ? { [CONDITIONS]: JSON.stringify(conditions) } : {}),
    ...(behavior ? { [BEHAVIOR]: JSON.stringify(renamedKeys(behavior, capitalized)) } : {}),
  };
  const hasMore = Object.keys(carry).length > 0;
  return {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v1',
    metadata: hasMore ? { ...metadata, annotations: { ...metadata.annotations, ...carry } } : metadata,
    ...(spec
      ? { spec: { ...counts, ...(percent === undefined ? {} : { targetCPUUtilizationPercentage: percent }) } }
      : {}),
    ...(status
      ? { status: { ...seen, ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }) } }
      : {}),
  } as OldAutoscaler;
}

/** Row of the table: HorizontalPodAutoscaler of autoscaling/v1. */
export const oldAutoscalerKind = /* @__PURE__ */ defineFace<OldAutoscaler, HorizontalPodAutoscaler>({
  resource: oldResource,
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  of: horizontalPodAutoscalerKind,
  toStored: toV2,
  fromStored: toV1,
});
