/**
 * The network of a simulated node: addresses without interfaces.
 *
 * Pods get distinct addresses of the node's range exactly as on a real node (`address-pool`), and nothing answers on them.
 * Memory only: after a restart the simulated runtime gives back the addresses in its state file (`restore`).
 */
import type { HostPortMapping, PodIdentity } from '../runtime/runtime';
import { nextFreeAddress } from './address-pool';
import type { PodNetwork } from './pod-network';

export interface SimulatedNetwork extends PodNetwork {
  /** The node's range (`spec.podCIDR`). Idempotent. */
  setPodCidr(cidr: string): Promise<void>;
  /** An address a pod has from before: the simulated runtime gives back what its state file says. */
  restore(podUid: string, ip: string): void;
}

export function createSimulatedNetwork(): SimulatedNetwork {
  let podCidr: string | undefined;
  let last: string | undefined;
  const ipByPod = new Map<string, string>();
  // Beside the map, so that a new address costs no walk over all of them.
  const used = new Set<string>();
  return {
    async setPodCidr(cidr) {
      podCidr = cidr;
    },
    notReadyReason: () => (podCidr === undefined ? 'the node has no pod range (spec.podCIDR) yet' : undefined),
    async attach(pod: PodIdentity, _pid: number, _hostPorts: readonly HostPortMapping[]) {
      const known = ipByPod.get(pod.uid);
      if (known) return { ip: known };
      if (podCidr === undefined) throw new Error('the node has no pod range (spec.podCIDR) yet');
      const ip = nextFreeAddress(podCidr, used, last);
      if (ip === undefined) throw new Error(`every address of the node's pod range ${podCidr} is in use`);
      last = ip;
      used.add(ip);
      ipByPod.set(pod.uid, ip);
      return { ip };
    },
    async detach(podUid) {
      const ip = ipByPod.get(podUid);
      if (ip) used.delete(ip);
      ipByPod.delete(podUid);
    },
    ipOf: (podUid) => ipByPod.get(podUid),
    restore(podUid, ip) {
      ipByPod.set(podUid, ip);
      used.add(ip);
    },
  };
}
