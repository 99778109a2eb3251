/**
 * The status of this node: addresses, capacity, facts about the machine, conditions. Pure.
 *
 * A heartbeat time alone is no change worth a write: statuses are compared without it, and an unchanged one is sent every
 * five minutes only. The lease is the heartbeat.
 * https://kubernetes.io/docs/reference/node/node-status/
 */
import type { ContainerImage, NodeCondition, NodeStatus } from 'kubernetes-types/core/v1';
import { toTime } from './api-time';
import { allocatableOf } from './config/allocatable';
import type { KubeletConfiguration } from './config/kubelet-configuration';
import type { HostFacts } from './host-facts';

const KUBELET_VERSION = 'v1.32.0+minik8s';
const MAX_IMAGES = 50;

export interface NodeFacts {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly kubeletPort: number;
  readonly host: HostFacts;
  readonly configuration: KubeletConfiguration;
  /** conditions of pressure the node has, see `eviction/` */
  readonly pressures: ReadonlySet<string>;
  /** `docker://20.10.24`; undefined while the runtime does not answer */
  readonly runtimeVersion: string | undefined;
  readonly images: readonly ContainerImage[];
  /** why the node cannot run pods; empty = ready */
  readonly notReady: readonly string[];
}

/** The whole status; conditions of other writers (NetworkUnavailable) are kept. */
export function computeNodeStatus(facts: NodeFacts, previous: NodeStatus | undefined, now: Date): NodeStatus {
  const { host } = facts;
  const resources = {
    cpu: String(host.cpus),
    'ephemeral-storage': `${Math.floor(host.diskTotalBytes / 1024)}Ki`,
    memory: `${Math.floor(host.memoryTotalBytes / 1024)}Ki`,
    pods: String(facts.configuration.maxPods),
  };
  const conditions = nodeConditions(facts, previous?.conditions ?? [], now);
  return {
    ...previous,
    addresses: [
      { type: 'InternalIP', address: facts.nodeIp },
      { type: 'Hostname', address: facts.nodeName },
    ],
    capacity: resources,
    allocatable: allocatableOf(resources, facts.configuration),
    conditions,
    daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } },
    nodeInfo: {
      architecture: host.architecture,
      bootID: host.bootId,
      containerRuntimeVersion: facts.runtimeVersion ?? previous?.nodeInfo?.containerRuntimeVersion ?? '',
      kernelVersion: host.kernelVersion,
      kubeProxyVersion: KUBELET_VERSION,
      kubeletVersion: KUBELET_VERSION,
      machineID: host.machineId,
      operatingSystem: host.operatingSystem,
      osImage: host.osImage,
      systemUUID: host.systemUuid,
    },
    images: facts.images.slice(0, MAX_IMAGES),
  };
}

function nodeConditions(facts: NodeFacts, previous: readonly NodeCondition[], now: Date): NodeCondition[] {
  const { pressures, notReady } = facts;
  const memory = pressures.has('MemoryPressure');
  const disk = pressures.has('DiskPressure');
  const pids = pressures.has('PIDPressure');
  const own: Omit<NodeCondition, 'lastTransitionTime' | 'lastHeartbeatTime'>[] = [
    memory
      ? condition('MemoryPressure', 'True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available')
      : condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    disk
      ? condition('DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pids
      ? condition('PIDPressure', 'True', 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available')
      : condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    notReady.length === 0
      ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : condition('Ready', 'False', 'KubeletNotReady', joined(notReady)),
  ];
  const types = new Set(own.map(({ type }) => type));
  const foreign = previous.filter(({ type }) => !types.has(type));
  return [...foreign, ...own.map((each) => withTimes(each, previous, now))];
}

function joined(reasons: readonly string[]): string {
  return reasons.length === 1 ? (reasons[0] ?? '') : `[${reasons.join(', ')}]`;
}

function condition(type: string, status: 'True' | 'False', reason: string, message: string) {
  return { type, status, reason, message };
}

function withTimes(
  condition: Omit<NodeCondition, 'lastTransitionTime' | 'lastHeartbeatTime'>,
  previous: readonly NodeCondition[],
  now: Date,
): NodeCondition {
  const before = previous.find(({ type }) => type === condition.type);
  const isSame = before?.status === condition.status && before.lastTransitionTime;
  return { ...condition, lastHeartbeatTime: toTime(now), lastTransitionTime: isSame ? isSame : toTime(now) };
}

/** The status as text without heartbeat times: equal texts need no write. */
export function comparableStatus(status: NodeStatus | undefined): string {
  const conditions = (status?.conditions ?? []).map(({ lastHeartbeatTime: _, ...rest }) => rest);
  const sorted = [...conditions].sort((a, b) => (a.type < b.type ? -1 : 1));
  return JSON.stringify([
    status?.addresses,
    status?.capacity,
    status?.allocatable,
    sorted,
    status?.nodeInfo,
    status?.images,
  ]);
}
