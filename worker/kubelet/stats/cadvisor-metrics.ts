/**
 * GET /metrics/cadvisor: containers in the series and labels that cAdvisor has, for dashboards and Prometheus rules. Pure.
 *
 * The figures are those of /stats/summary. A pod's traffic and its sums stand in the series with an empty container name, as in
 * Kubernetes. Kubernetes has some hundred series; here are those that common dashboards read.
 * https://kubernetes.io/docs/concepts/cluster-administration/system-metrics/#metrics-in-kubernetes
 */
import type { ContainerStats, PodStats, Summary } from '../../../helper/api/metrics/summary';
import { family, type Series } from './prometheus-text';

/** What cAdvisor's labels say of a container beyond its name; ids as the runtime has them. */
export interface ContainerFacts {
  readonly id: string;
  readonly image: string;
}

interface Row {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** undefined: not known of this container */
  value(stats: Pick<ContainerStats, 'cpu' | 'memory' | 'startTime'>): number | undefined;
}

const ROWS: readonly Row[] = [
  {
    name: 'container_cpu_usage_seconds_total',
    type: 'counter',
    help: 'Cumulative cpu time consumed in seconds.',
    value: ({ cpu }) => (cpu.usageCoreNanoSeconds ?? 0) / 1e9,
  },
  {
    name: 'container_memory_usage_bytes',
    type: 'gauge',
    help: 'Current memory usage in bytes, including all memory regardless of when it was accessed',
    value: ({ memory }) => memory.usageBytes,
  },
  {
    name: 'container_memory_working_set_bytes',
    type: 'gauge',
    help: 'Current working set in bytes.',
    value: ({ memory }) => memory.workingSetBytes,
  },
  {
    name: 'container_memory_rss',
    type: 'gauge',
    help: 'Size of RSS in bytes.',
    value: ({ memory }) => memory.rssBytes,
  },
  {
    name: 'container_start_time_seconds',
    type: 'gauge',
    help: 'Start time of the container since unix epoch in seconds.',
    value: ({ startTime }) => Date.parse(startTime) / 1000,
  },
];

const TRAFFIC = [
  ['container_network_receive_bytes_total', 'Cumulative count of bytes received', 'rxBytes'],
  ['container_network_receive_errors_total', 'Cumulative count of errors encountered while receiving', 'rxErrors'],
  ['container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted', 'txBytes'],
  ['container_network_transmit_errors_total', 'Cumulative count of errors encountered while transmitting', 'txErrors'],
] as const;

/** The whole answer. `factsOf` knows the runtime's side of a container; undefined when it has just gone. */
export function renderCadvisorMetrics(
  { node, pods }: Summary,
  machine: { readonly cpus: number; readonly memoryBytes: number },
  factsOf: (podUid: string, container: string) => ContainerFacts | undefined,
): string {
  const time = node.cpu.time;
  const labelled = pods.flatMap((pod) => [
    ...pod.containers.map((stats) => ({
      stats,
      labels: labelsOf(pod, stats.name, factsOf(pod.podRef.uid, stats.name)),
    })),
    { stats: pod, labels: labelsOf(pod, '', undefined) },
  ]);
  const rows = ROWS.map(({ name, type, help, value }) => {
    const series = labelled.flatMap(({ stats, labels }): Series[] => {
      const measured = value(stats);
      return measured === undefined ? [] : [{ labels, value: measured, time }];
    });
    return family(name, type, help, series);
  });
  const traffic = TRAFFIC.map(([name, help, field]) =>
    family(
      name,
      'counter',
      help,
      pods.flatMap((pod) => trafficOf(pod, field, time)),
    ),
  );
  return [
    family('machine_cpu_cores', 'gauge', 'Number of logical CPU cores.', [{ labels: {}, value: machine.cpus, time }]),
    family('machine_memory_bytes', 'gauge', 'Amount of memory installed on the machine.', [
      { labels: {}, value: machine.memoryBytes, time },
    ]),
    ...rows,
    ...traffic,
  ].join('');
}

function labelsOf({ podRef }: PodStats, container: string, facts: ContainerFacts | undefined): Series['labels'] {
  const { id = '', image = '' } = facts ?? {};
  return { container, id, image, name: id, namespace: podRef.namespace, pod: podRef.name };
}

function trafficOf(pod: PodStats, field: (typeof TRAFFIC)[number][2], time: string): Series[] {
  return (pod.network?.interfaces ?? []).map((each) => ({
    labels: { ...labelsOf(pod, '', undefined), interface: each.name },
    value: each[field] ?? 0,
    time,
  }));
}
