/**
 * GET /stats/summary: cpu and memory in use, of the node and of each container. What `kubectl top` and autoscaling build on.
 *
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
import * as os from 'node:os';
import type { ContainerStatus, ContainerUsage, Runtime } from '../../runtime/runtime';
import { readHostFacts } from '../host-facts';

interface CpuSample {
  readonly at: number;
  readonly nanoseconds: number;
}

export class StatsSummary {
  private lastCpu: CpuSample = sampleCpu();

  constructor(
    private readonly runtime: Runtime,
    private readonly nodeName: string,
    private readonly home: string,
  ) {}

  /** The body of the answer. Containers that ended meanwhile are left out. */
  async collect(): Promise<object> {
    const running = (await this.runtime.listContainers()).filter(({ state }) => state === 'running');
    const usages = await Promise.all(
      running.map(async (container) => ({
        container,
        usage: await this.runtime.usage(container.id).catch(() => undefined),
      })),
    );
    return { node: await this.nodeStats(), pods: podStats(usages) };
  }

  private async nodeStats(): Promise<object> {
    const before = this.lastCpu;
    const now = sampleCpu();
    const elapsedMs = now.at - before.at;
    if (elapsedMs > 1000) this.lastCpu = now;
    const host = await readHostFacts(this.home);
    const used = host.memoryTotalBytes - host.memoryFreeBytes;
    const time = new Date(now.at).toISOString();
    const nanoCores = elapsedMs > 0 ? Math.round(((now.nanoseconds - before.nanoseconds) / elapsedMs) * 1000) : 0;
    return {
      nodeName: this.nodeName,
      startTime: new Date(Date.now() - os.uptime() * 1000).toISOString(),
      cpu: { time, usageNanoCores: nanoCores, usageCoreNanoSeconds: now.nanoseconds },
      memory: { time, availableBytes: host.memoryFreeBytes, usageBytes: used, workingSetBytes: used },
      fs: { time, availableBytes: host.diskFreeBytes, capacityBytes: host.diskTotalBytes },
    };
  }
}

function sampleCpu(): CpuSample {
  const busyMs = os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { at: Date.now(), nanoseconds: busyMs * 1_000_000 };
}

interface Used {
  readonly container: ContainerStatus;
  readonly usage: ContainerUsage | undefined;
}

/** One entry a pod, its containers' figures and their sums. Pure. */
function podStats(usages: readonly Used[]): object[] {
  return [...groupByPod(usages).values()].map((containers) => {
    const [first] = containers;
    const known = containers.flatMap(({ usage }) => (usage ? [usage] : []));
    const sum = (pick: (usage: ContainerUsage) => number) => known.reduce((total, usage) => total + pick(usage), 0);
    const time = new Date().toISOString();
    return {
      podRef: first?.container.pod,
      startTime: first?.container.createdAt.toISOString(),
      containers: containers.flatMap(({ container, usage }) => (usage ? [containerStats(container, usage)] : [])),
      cpu: {
        time,
        usageNanoCores: sum((usage) => usage.cpuNanoCores),
        usageCoreNanoSeconds: sum((usage) => usage.cpuNanoSecondsTotal),
      },
      memory: { time, workingSetBytes: sum((usage) => usage.memoryWorkingSetBytes) },
    };
  });
}

function groupByPod(usages: readonly Used[]): Map<string, Used[]> {
  const groups = new Map<string, Used[]>();
  for (const used of usages) {
    const { uid } = used.container.pod;
    groups.set(uid, [...(groups.get(uid) ?? []), used]);
  }
  return groups;
}

function containerStats(container: ContainerStatus, usage: ContainerUsage): object {
  const time = usage.at.toISOString();
  return {
    name: container.name,
    startTime: (container.startedAt ?? container.createdAt).toISOString(),
    cpu: { time, usageNanoCores: usage.cpuNanoCores, usageCoreNanoSeconds: usage.cpuNanoSecondsTotal },
    memory: { time, workingSetBytes: usage.memoryWorkingSetBytes },
  };
}
