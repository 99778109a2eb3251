/**
 * The kubelet's answer to GET /stats/summary, as far as it is filled here. Counters grow since the start of what they count.
 *
 * The kubelet writes it (`worker/kubelet/stats/`), the api-server reads cpu and memory from it for `metrics.k8s.io`.
 * https://kubernetes.io/docs/reference/config-api/kubelet-stats.v1alpha1/
 */
export interface CpuStats {
  readonly time: string;
  readonly usageNanoCores?: number;
  /** grows */
  readonly usageCoreNanoSeconds?: number;
}

export interface MemoryStats {
  readonly time: string;
  /** limit (or capacity) minus working set; absent without a limit */
  readonly availableBytes?: number;
  readonly usageBytes?: number;
  readonly workingSetBytes?: number;
  readonly rssBytes?: number;
  readonly pageFaults?: number;
  readonly majorPageFaults?: number;
}

export interface InterfaceStats {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}

export interface NetworkStats extends InterfaceStats {
  readonly time: string;
  readonly interfaces: readonly InterfaceStats[];
}

export interface FsStats {
  readonly time: string;
  readonly availableBytes: number;
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly inodesFree?: number;
  readonly inodes?: number;
  readonly inodesUsed?: number;
}

export interface ContainerStats {
  readonly name: string;
  readonly startTime: string;
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
}

export interface PodStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly startTime: string;
  readonly containers: readonly ContainerStats[];
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
  readonly network?: NetworkStats;
}

export interface NodeStats {
  readonly nodeName: string;
  readonly startTime: string;
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
  readonly network?: NetworkStats;
  readonly fs: FsStats;
  readonly runtime?: { readonly imageFs: FsStats };
  readonly rlimit: { readonly time: string; readonly maxpid: number; readonly curproc: number };
}

export interface Summary {
  readonly node: NodeStats;
  readonly pods: readonly PodStats[];
}
