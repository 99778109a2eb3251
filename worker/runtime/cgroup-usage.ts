/**
 * CPU and memory of a container, read from its cgroup.
 *
 * The kernel counts in files; reading them takes microseconds, where `docker stats` waits a second for a second sample.
 * Working set = usage minus file cache that could be dropped, the figure the kubelet evicts by.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
import { readFileSync } from 'node:fs';
import type { ContainerUsage } from './runtime';

const ROOT = '/sys/fs/cgroup';

export interface UsageSample {
  readonly cpuNanoSecondsTotal: number;
  readonly memoryWorkingSetBytes: number;
}

/** Folders of a process's cpu and memory cgroups, from its /proc/PID/cgroup: cgroup v1 has one a controller, v2 a single one. Pure. */
export function cgroupFolders(text: string): { version: 1 | 2; cpu: string; memory: string } | undefined {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const folderOf = (controller: string) => {
    const line = lines.find((match) => match?.[1]?.split(',').includes(controller));
    return line ? `${ROOT}/${line[1]}${line[2]}` : undefined;
  };
  const cpu = folderOf('cpuacct');
  const memory = folderOf('memory');
  if (cpu && memory) return { version: 1, cpu, memory };
  const unified = lines.find((match) => match?.[1] === '')?.[2];
  return unified === undefined ? undefined : { version: 2, cpu: `${ROOT}${unified}`, memory: `${ROOT}${unified}` };
}

/** `name value` lines, as in memory.stat and cpu.stat. Pure. */
export function statValue(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

/** Throws when the process or its cgroup is gone. */
function readSample(pid: number): UsageSample | undefined {
  const folders = cgroupFolders(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
  if (!folders) return undefined;
  const read = (path: string) => readFileSync(path, 'utf8');
  const stat = read(`${folders.memory}/memory.stat`);
  if (folders.version === 1) {
    const used = Number(read(`${folders.memory}/memory.usage_in_bytes`));
    return {
      cpuNanoSecondsTotal: Number(read(`${folders.cpu}/cpuacct.usage`)),
      memoryWorkingSetBytes: Math.max(0, used - statValue(stat, 'total_inactive_file')),
    };
  }
  const used = Number(read(`${folders.memory}/memory.current`));
  return {
    cpuNanoSecondsTotal: statValue(read(`${folders.cpu}/cpu.stat`), 'usage_usec') * 1000,
    memoryWorkingSetBytes: Math.max(0, used - statValue(stat, 'inactive_file')),
  };
}

/** Remembers the last sample of each container: a rate needs two. */
export class UsageMeter {
  private readonly last = new Map<string, ContainerUsage>();

  /** undefined when the container does not run. The first answer of a container is its average since it started. */
  measure(containerId: string, pid: number, startedAt: Date, now = new Date()): ContainerUsage | undefined {
    let sample: UsageSample | undefined;
    try {
      sample = readSample(pid);
    } catch {
      sample = undefined;
    }
    if (sample === undefined) {
      this.forget(containerId);
      return undefined;
    }
    const usage = { ...sample, at: now, cpuNanoCores: rateOf(sample, this.last.get(containerId), startedAt, now) };
    this.last.set(containerId, usage);
    return usage;
  }

  forget(containerId: string): void {
    this.last.delete(containerId);
  }
}

function rateOf(sample: UsageSample, before: ContainerUsage | undefined, startedAt: Date, now: Date): number {
  const since = before?.at ?? startedAt;
  const seconds = (now.getTime() - since.getTime()) / 1000;
  const used = sample.cpuNanoSecondsTotal - (before?.cpuNanoSecondsTotal ?? 0);
  return seconds > 0 ? Math.max(0, Math.round(used / seconds)) : (before?.cpuNanoCores ?? 0);
}
