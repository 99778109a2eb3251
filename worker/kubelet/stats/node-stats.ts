/**
 * What the machine as a whole uses: cpu, memory, disk, traffic, processes.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
import { readFile, statfs } from 'node:fs/promises';
import * as os from 'node:os';
import type { FsStats, NodeStats } from '../../../helper/api/metrics/summary';
import { readHostFacts } from '../host-facts';
import { networkStats } from './network-stats';

/** A rate over less than this is noise: the kernel counts in hundredths of a second. */
const SHORTEST_WINDOW_MS = 1_000;

interface CpuSample {
  readonly at: number;
  readonly nanoseconds: number;
}

function sampleCpu(): CpuSample {
  const busyMs = os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { at: Date.now(), nanoseconds: busyMs * 1_000_000 };
}

/** Nanocores in use between two samples; 0 when no time passed. Pure. */
export function nanoCoresBetween(before: CpuSample, after: CpuSample): number {
  const elapsedMs = after.at - before.at;
  return elapsedMs > 0 ? Math.max(0, Math.round(((after.nanoseconds - before.nanoseconds) / elapsedMs) * 1000)) : 0;
}

/** rss and page faults of everything that runs, from /proc/meminfo and /proc/vmstat. Pure. */
export function memoryDetails(memory: string, faults: string) {
  const anonymous = /^AnonPages:\s+(\d+) kB/m.exec(memory)?.[1];
  const count = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(faults)?.[1] ?? 0);
  return {
    rssBytes: Number(anonymous ?? 0) * 1024,
    pageFaults: count('pgfault'),
    majorPageFaults: count('pgmajfault'),
  };
}

/** Space and inodes of the file system a folder is on; `usedBytes` says what of it is counted, all of it when left out. */
async function fsStats(folder: string, time: string, usedBytes?: number): Promise<FsStats> {
  const disk = await statfs(folder);
  return {
    time,
    availableBytes: disk.bavail * disk.bsize,
    capacityBytes: disk.blocks * disk.bsize,
    usedBytes: usedBytes ?? (disk.blocks - disk.bfree) * disk.bsize,
    inodesFree: disk.ffree,
    inodes: disk.files,
    inodesUsed: disk.files - disk.ffree,
  };
}

export class NodeMeter {
  private before: CpuSample = sampleCpu();
  private nanoCores = 0;

  constructor(
    private readonly nodeName: string,
    private readonly home: string,
  ) {}

  /** `imageBytes`: what the images take; `imageDirectory`: where they lie, when that is known. */
  async measure(imageBytes: number, imageDirectory = this.home): Promise<NodeStats> {
    const cpu = sampleCpu();
    if (cpu.at - this.before.at >= SHORTEST_WINDOW_MS) {
      this.nanoCores = nanoCoresBetween(this.before, cpu);
      this.before = cpu;
    }
    const time = new Date(cpu.at).toISOString();
    const text = (path: string) => readFile(path, 'utf8').catch(() => '');
    const [host, fs, imageFs, memory, faults] = await Promise.all([
      readHostFacts(this.home),
      fsStats(this.home, time),
      fsStats(imageDirectory, time, imageBytes),
      text('/proc/meminfo'),
      text('/proc/vmstat'),
    ]);
    const free = Number(/^MemFree:\s+(\d+) kB/m.exec(memory)?.[1] ?? 0) * 1024;
    const network = networkStats('self', time);
    return {
      nodeName: this.nodeName,
      startTime: new Date(Math.round(cpu.at / 1000 - os.uptime()) * 1000).toISOString(),
      cpu: { time, usageNanoCores: this.nanoCores, usageCoreNanoSeconds: cpu.nanoseconds },
      memory: {
        time,
        availableBytes: host.memoryFreeBytes,
        usageBytes: host.memoryTotalBytes - free,
        workingSetBytes: host.memoryTotalBytes - host.memoryFreeBytes,
        ...memoryDetails(memory, faults),
      },
      ...(network ? { network } : {}),
      fs,
      runtime: { imageFs },
      rlimit: { time, maxpid: host.pidsMax, curproc: host.pidsUsed },
    };
  }
}
