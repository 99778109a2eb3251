/**
 * The pod network as the kubelet uses it: told the node's range, it becomes ready.
 */
import type { PodNetwork } from '../network/pod-network';

/** `worker/network/bridge-network.ts` is the real one. */
export interface NodeNetwork extends Pick<PodNetwork, 'notReadyReason'> {
  /** The node's range, `spec.podCIDR`. Idempotent. */
  setPodCidr(cidr: string): Promise<void>;
  /** Frees what pods that are gone still hold, and puts back rules someone removed; a simulated network has neither. */
  reconcile?(livePodUids: ReadonlySet<string>): Promise<void>;
}
