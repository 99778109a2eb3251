/**
 * GET /metrics/resource: cpu and memory of node, pods and containers in Prometheus' format. Pure.
 *
 * The same figures as /stats/summary, in the few series that metrics-server and dashboards read. Each carries the time it was taken.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/#resource-metrics
 */
import type { CpuStats, MemoryStats, Summary } from '../../../helper/api/metrics/summary';
import { family, type Series } from './prometheus-text';

/** These series are promised to stay. */
const stable = (name: string, type: 'counter' | 'gauge', help: string, series: readonly Series[]) =>
  family(name, type, `[STABLE] ${help}`, series);

const cpuSeries = (labels: Series['labels'], { time, usageCoreNanoSeconds = 0 }: CpuStats): Series => ({
  labels,
  value: usageCoreNanoSeconds / 1e9,
  time,
});
const memorySeries = (labels: Series['labels'], { time, workingSetBytes = 0 }: MemoryStats): Series => ({
  labels,
  value: workingSetBytes,
  time,
});

/** `undefined` when the figures could not be had: then only the error is told. */
export function renderResourceMetrics(summary: Summary | undefined): string {
  const pods = (summary?.pods ?? []).map((pod) => ({
    ...pod,
    labels: { namespace: pod.podRef.namespace, pod: pod.podRef.name },
  }));
  const containers = pods.flatMap((pod) =>
    pod.containers.map((container) => ({ ...container, labels: { container: container.name, ...pod.labels } })),
  );
  const nodes = summary ? [summary.node] : [];
  const error: Series[] = [{ labels: {}, value: summary ? 0 : 1 }];
  return [
    stable(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the container in core-seconds',
      containers.map(({ labels, cpu }) => cpuSeries(labels, cpu)),
    ),
    stable(
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set of the container in bytes',
      containers.map(({ labels, memory }) => memorySeries(labels, memory)),
    ),
    stable(
      'container_start_time_seconds',
      'gauge',
      'Start time of the container since unix epoch in seconds',
      containers.map(({ labels, startTime }) => ({ labels, value: Date.parse(startTime) / 1000 })),
    ),
    stable(
      'node_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the node in core-seconds',
      nodes.map(({ cpu }) => cpuSeries({}, cpu)),
    ),
    stable(
      'node_memory_working_set_bytes',
      'gauge',
      'Current working set of the node in bytes',
      nodes.map(({ memory }) => memorySeries({}, memory)),
    ),
    stable(
      'pod_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the pod in core-seconds',
      pods.map(({ labels, cpu }) => cpuSeries(labels, cpu)),
    ),
    stable(
      'pod_memory_working_set_bytes',
      'gauge',
      'Current working set of the pod in bytes',
      pods.map(({ labels, memory }) => memorySeries(labels, memory)),
    ),
    stable(
      'resource_scrape_error',
      'gauge',
      '1 if there was an error while getting container metrics, 0 otherwise',
      error,
    ),
    stable('scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise', error),
  ].join('');
}
