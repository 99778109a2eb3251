/**
 * What a pod asks of a node, in numbers: requests, host ports, and the amounts scoring assumes for pods that ask for nothing.
 */
import type { Node } from '../../helper/api/core/node';
import type { Pod } from '../../helper/api/core/pod';
import { isSidecar, podResources } from '../../helper/api/core/pod-resources';
import { bytesOf, milliValue } from '../../helper/api/quantity';

/** cpu in millicores, memory and storage in bytes, everything else in pieces */
export type Amounts = ReadonlyMap<string, number>;

/** A host port without an address is taken on all of them. */
export const ANY_ADDRESS = '0.0.0.0';

export interface HostPort {
  /** {@link ANY_ADDRESS}: every address of the node */
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
}

export interface PodDemand {
  readonly requests: Amounts;
  /** as {@link requests}, with Kubernetes' defaults where the pod names none, so that such pods spread too */
  readonly scoringRequests: Amounts;
  readonly hostPorts: readonly HostPort[];
}

/** Kubernetes' assumptions for a pod without requests, in scoring only: 100 millicores and 200 MB. */
const ASSUMED_CPU_MILLICORES = 100;
const ASSUMED_MEMORY_BYTES = 200 * 1024 * 1024;

// Pods are shared, immutable objects of the informer, so their demand is computed once for each.
const demands = new WeakMap<Pod, PodDemand>();
const allocatables = new WeakMap<Node, Amounts>();
const NOTHING: Amounts = new Map();

/** Init containers hold theirs only while they run, before the others; sidecars as long as the pod. */
function hostPortsOf(pod: Pod): HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar);
  return [...sidecars, ...(pod.spec?.containers ?? [])].flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ address: hostIP || ANY_ADDRESS, port: hostPort, protocol: protocol ?? 'TCP' }] : [],
    ),
  );
}

export function podDemand(pod: Pod): PodDemand {
  let demand = demands.get(pod);
  if (!demand) {
    const requests = new Map(Object.entries(podResources(pod.spec ?? { containers: [] }).requests));
    const scoringRequests = new Map(requests)
      .set('cpu', requests.get('cpu') || ASSUMED_CPU_MILLICORES)
      .set('memory', requests.get('memory') || ASSUMED_MEMORY_BYTES);
    demand = { requests, scoringRequests, hostPorts: hostPortsOf(pod) };
    demands.set(pod, demand);
  }
  return demand;
}

/** status.allocatable in the units of {@link Amounts}; empty for an unknown node. */
export function allocatableOf(node: Node | undefined): Amounts {
  if (!node) return NOTHING;
  let amounts = allocatables.get(node);
  if (!amounts) {
    const entries = Object.entries(node.status?.allocatable ?? {});
    amounts = new Map(entries.map(([name, value]) => [name, name === 'cpu' ? milliValue(value) : bytesOf(value)]));
    allocatables.set(node, amounts);
  }
  return amounts;
}
