/**
 * The pod network as the kubelet uses it: told the node's range, it becomes ready.
 */
import type { PodNetwork } from '../network/pod-network';

/** `worker/network/bridge-network.ts` is the real one. */
export interface NodeNetwork extends Pick<PodNetwork, 'notReadyReason'> {
  /** The node's range, `spec.podCIDR`. Idempotent. */
  setPodCidr(cidr: string): Promise<void>;
}
