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
/** A rate over less than this says more about the clock than about the container. */
const SHORTEST_WINDOW_MS = 1_000;
/** cgroup v1 writes "no limit" as the largest number of pages. */
const NO_LIMIT_BYTES = 2 ** 62;

export type UsageSample = Omit<ContainerUsage, 'at' | 'cpuNanoCores'>;

interface CgroupFolders {
  readonly version: 1 | 2;
  readonly cpu: string;
  readonly memory: string;
}

/** Folders of a process's cpu and memory cgroups, from its /proc/PID/cgroup: cgroup v1 has one a controller, v2 a single one. Pure. */
export function cgroupFolders(text: string): CgroupFolders | undefined {
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

/** The limit as the kernel writes it: `max` and v1's largest number are none. Pure. */
function limitOf(text: string): Pick<UsageSample, 'memoryLimitBytes'> {
  const bytes = Number(text);
  return bytes > 0 && bytes < NO_LIMIT_BYTES ? { memoryLimitBytes: bytes } : {};
}

/**
 * What the files of a cgroup say; `read` gets a path and throws when it is not there. v1 counts children under `total_` names,
 * and calls anonymous memory rss.
 */
export function readSample({ version, cpu, memory }: CgroupFolders, read: (path: string) => string): UsageSample {
  const stat = read(`${memory}/memory.stat`);
  const isOld = version === 1;
  const value = (name: string) => statValue(stat, isOld ? `total_${name}` : name);
  const used = Number(read(`${memory}/${isOld ? 'memory.usage_in_bytes' : 'memory.current'}`));
  return {
    cpuNanoSecondsTotal: isOld
      ? Number(read(`${cpu}/cpuacct.usage`))
      : statValue(read(`${cpu}/cpu.stat`), 'usage_usec') * 1000,
    memoryUsageBytes: used,
    memoryWorkingSetBytes: Math.max(0, used - value('inactive_file')),
    memoryRssBytes: value(isOld ? 'rss' : 'anon'),
    pageFaults: value('pgfault'),
    majorPageFaults: value('pgmajfault'),
    ...limitOf(read(`${memory}/${isOld ? 'memory.limit_in_bytes' : 'memory.max'}`)),
  };
}

const readText = (path: string) => readFileSync(path, 'utf8');

/** undefined when the process or its cgroup is gone. */
function sampleOfProcess(pid: number): UsageSample | undefined {
  try {
    const folders = cgroupFolders(readText(`/proc/${pid}/cgroup`));
    return folders && readSample(folders, readText);
  } catch {
    return undefined;
  }
}

/** Remembers the last sample of each container: a rate needs two. */
export class UsageMeter {
  private readonly last = new Map<string, ContainerUsage>();

  constructor(private readonly sampleOf: (pid: number) => UsageSample | undefined = sampleOfProcess) {}

  /** undefined when the container does not run. The first answer of a container is its average since it started. */
  measure(containerId: string, pid: number, startedAt: Date, now = new Date()): ContainerUsage | undefined {
    const sample = this.sampleOf(pid);
    if (sample === undefined) {
      this.forget(containerId);
      return undefined;
    }
    const before = this.last.get(containerId);
    // Two who ask at once get the same rate, not the noise between their questions.
    if (before && now.getTime() - before.at.getTime() < SHORTEST_WINDOW_MS)
      return { ...sample, at: now, cpuNanoCores: before.cpuNanoCores };
    const usage = { ...sample, at: now, cpuNanoCores: rateOf(sample, before, startedAt, now) };
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
  return seconds > 0 ? Math.max(0, Math.round(used / seconds)) : 0;
}
