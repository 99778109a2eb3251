/**
 * How a pod gets its address: the contract between the container runtime and this node's network.
 *
 * Like a CNI plugin: ADD on a network namespace gives an address, DEL takes it back. `bridge-network.ts` is the real one:
 * a bridge per node, a veth pair per pod, addresses from the node's /24 (spec.podCIDR).
 * https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/
 */

import type { HostPortMapping, PodIdentity } from '../runtime/runtime';
import type { Bandwidth } from './bandwidth';

export interface PodNetwork {
  /** undefined while the node has no pod range yet; then the node is not Ready for that reason. */
  notReadyReason(): string | undefined;
  /** Gives the namespace of `pid` an interface, an address and a default route. Idempotent per pod uid. */
  attach(
    pod: PodIdentity,
    pid: number,
    hostPorts: readonly HostPortMapping[],
    bandwidth?: Bandwidth,
  ): Promise<{ ip: string }>;
  /** Frees address and host ports. Idempotent; the namespace may be gone already. */
  detach(podUid: string): Promise<void>;
  /** The address an attached pod has, known again after a restart of the kubelet. */
  ipOf(podUid: string): string | undefined;
}

/** The same node's network beside a runtime that connects its pods itself, through CNI plugins. */
export interface CniNetwork extends Pick<PodNetwork, 'notReadyReason' | 'detach'> {
  /** The pod has this address by now: its host ports and limits of traffic are added. Idempotent. */
  adopt(
    pod: PodIdentity,
    given: { readonly ip: string; readonly pid: number },
    hostPorts: readonly HostPortMapping[],
    bandwidth?: Bandwidth,
  ): Promise<void>;
}
