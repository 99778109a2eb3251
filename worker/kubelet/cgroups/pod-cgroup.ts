/**
 * The control group of a pod: its name, by class of service, and what is written into it. Pure.
 *
 * Guaranteed pods lie right below `kubepods`, the others below `burstable` and `besteffort`, so that what those classes may take
 * from each other is bounded as a whole. A pod's figures are those of all its containers together: shares by requests; quota
 * and memory only when every container has that limit.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
import type { Pod } from '../../../helper/api/core/pod';
import { podResources } from '../../../helper/api/core/pod-resources';
import { cpuShares } from '../container-config';
import { qosClassOf } from '../qos';

export const KUBEPODS = 'kubepods';
const CPU_PERIOD_MICROSECONDS = 100_000;
const MIN_QUOTA_MICROSECONDS = 1_000;
const CLASS_FOLDERS = { Guaranteed: undefined, Burstable: 'burstable', BestEffort: 'besteffort' } as const;
export const BURSTABLE = [KUBEPODS, CLASS_FOLDERS.Burstable];
export const BEST_EFFORT = [KUBEPODS, CLASS_FOLDERS.BestEffort];

export type CgroupDriver = 'cgroupfs' | 'systemd';

/** Names from the top, as in `/kubepods/burstable/pod<uid>`. */
export function podCgroup(pod: Pod): string[] {
  const folder = CLASS_FOLDERS[qosClassOf(pod)];
  return [KUBEPODS, ...(folder ? [folder] : []), `pod${pod.metadata.uid}`];
}

/** As the runtime takes it: a path for cgroupfs; the name of a slice for systemd, whose path follows from the name. */
export function cgroupParent(names: readonly string[], driver: CgroupDriver): string {
  return driver === 'cgroupfs' ? `/${names.join('/')}` : `${sliceOf(names)}.slice`;
}

/** Its folder below the mount of the hierarchy. */
export function cgroupFolder(names: readonly string[], driver: CgroupDriver): string {
  if (driver === 'cgroupfs') return names.join('/');
  return names.map((_, index) => `${sliceOf(names.slice(0, index + 1))}.slice`).join('/');
}

/** A dash separates the levels of a slice, so names have none. */
function sliceOf(names: readonly string[]): string {
  return names.map((name) => name.replaceAll('-', '_')).join('-');
}

export interface CgroupValues {
  readonly cpuShares: number;
  readonly cpuQuotaMicroseconds?: number;
  readonly memoryBytes?: number;
}

/** What the pod as a whole may use. */
export function podCgroupValues(pod: Pod): CgroupValues {
  const { requests, limits } = podResources(pod.spec ?? { containers: [] });
  const containers = pod.spec?.containers ?? [];
  const allLimit = (resource: string) => containers.every(({ resources }) => resources?.limits?.[resource]);
  const cpu = allLimit('cpu') ? limits['cpu'] : undefined;
  const memory = allLimit('memory') ? limits['memory'] : undefined;
  const quota = ((cpu ?? 0) * CPU_PERIOD_MICROSECONDS) / 1000;
  return {
    cpuShares: cpuShares(requests['cpu'] ?? 0),
    ...(cpu ? { cpuQuotaMicroseconds: Math.max(Math.round(quota), MIN_QUOTA_MICROSECONDS) } : {}),
    ...(memory ? { memoryBytes: memory } : {}),
  };
}

/** The share of all burstable pods together. */
export function burstableShares(pods: readonly Pod[]): number {
  const burstable = pods.filter((pod) => qosClassOf(pod) === 'Burstable');
  return cpuShares(
    burstable.reduce((sum, pod) => sum + (podResources(pod.spec ?? { containers: [] }).requests['cpu'] ?? 0), 0),
  );
}

/** Files to write, by controller: a hierarchy of its own in version 1, only part of the file's name in version 2. */
export function cgroupFiles(
  values: CgroupValues,
  version: 1 | 2,
): { controller: string; file: string; text: string }[] {
  const { cpuShares: shares, cpuQuotaMicroseconds: quota, memoryBytes } = values;
  const period = CPU_PERIOD_MICROSECONDS;
  const isOld = version === 1;
  return [
    isOld
      ? { controller: 'cpu', file: 'cpu.shares', text: String(shares) }
      : { controller: 'cpu', file: 'cpu.weight', text: String(cpuWeight(shares)) },
    ...(quota === undefined
      ? []
      : [
          isOld
            ? { controller: 'cpu', file: 'cpu.cfs_quota_us', text: String(quota) }
            : { controller: 'cpu', file: 'cpu.max', text: `${quota} ${period}` },
        ]),
    ...(memoryBytes === undefined
      ? []
      : [{ controller: 'memory', file: isOld ? 'memory.limit_in_bytes' : 'memory.max', text: String(memoryBytes) }]),
  ];
}

/** Shares (2 to 262144) as version 2 counts them (1 to 10000): the OCI runtimes' conversion. */
function cpuWeight(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9999) / 262142);
}
