/**
 * What the pods of a node use: figures of each running container, and their sums. Pure.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
import type { ContainerStats, MemoryStats, NetworkStats, PodStats } from '../../../helper/api/metrics/summary';
import type { ContainerStatus, ContainerUsage, SandboxStatus } from '../../runtime/runtime';

export interface MeasuredContainer {
  readonly container: ContainerStatus;
  readonly usage: ContainerUsage;
}

interface MeasuredPod {
  readonly sandbox: SandboxStatus;
  readonly containers: readonly MeasuredContainer[];
  /** absent: the node's, or unknown */
  readonly network: NetworkStats | undefined;
}

function memoryOf(usage: ContainerUsage): MemoryStats {
  const { memoryLimitBytes, memoryWorkingSetBytes } = usage;
  const available = memoryLimitBytes === undefined ? undefined : Math.max(0, memoryLimitBytes - memoryWorkingSetBytes);
  return {
    time: usage.at.toISOString(),
    ...(available === undefined ? {} : { availableBytes: available }),
    usageBytes: usage.memoryUsageBytes,
    workingSetBytes: memoryWorkingSetBytes,
    rssBytes: usage.memoryRssBytes,
    pageFaults: usage.pageFaults,
    majorPageFaults: usage.majorPageFaults,
  };
}

function containerStats({ container, usage }: MeasuredContainer): ContainerStats {
  return {
    name: container.name,
    startTime: (container.startedAt ?? container.createdAt).toISOString(),
    cpu: {
      time: usage.at.toISOString(),
      usageNanoCores: usage.cpuNanoCores,
      usageCoreNanoSeconds: usage.cpuNanoSecondsTotal,
    },
    memory: memoryOf(usage),
  };
}

/** The entry of one pod. The pause container uses next to nothing and is not counted. */
export function podStats({ sandbox, containers, network }: MeasuredPod, now: Date): PodStats {
  const sum = (pick: (usage: ContainerUsage) => number) =>
    containers.reduce((total, { usage }) => total + pick(usage), 0);
  const time = now.toISOString();
  return {
    podRef: sandbox.pod,
    startTime: sandbox.createdAt.toISOString(),
    containers: containers.map(containerStats).sort((one, other) => (one.name < other.name ? -1 : 1)),
    cpu: {
      time,
      usageNanoCores: sum((usage) => usage.cpuNanoCores),
      usageCoreNanoSeconds: sum((usage) => usage.cpuNanoSecondsTotal),
    },
    memory: {
      time,
      usageBytes: sum((usage) => usage.memoryUsageBytes),
      workingSetBytes: sum((usage) => usage.memoryWorkingSetBytes),
      rssBytes: sum((usage) => usage.memoryRssBytes),
      pageFaults: sum((usage) => usage.pageFaults),
      majorPageFaults: sum((usage) => usage.majorPageFaults),
    },
    ...(network ? { network } : {}),
  };
}
