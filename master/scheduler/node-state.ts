/**
 * What the scheduler knows of a node: the Node object and the sum of what its pods ask for.
 *
 * Kept up to date pod by pod, so that judging a node costs the same however many pods it runs. A pod counts from the moment
 * it is assumed here (before its binding is written), so two decisions in a row never give the same room away twice.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/
 */
import type { Node } from '../../helper/api/core/node';
import type { Pod } from '../../helper/api/core/pod';
import type { HostPort, PodDemand } from './pod-demand';
import { podDemand } from './pod-demand';

/** cpu in millicores, memory and storage in bytes, everything else in pieces */
export type Amounts = ReadonlyMap<string, number>;

export class NodeState {
  readonly name: string;
  node: Node | undefined;
  readonly pods = new Map<string, Pod>();
  readonly requested = new Map<string, number>();
  private readonly hostPorts = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  addPod(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (this.pods.has(uid)) this.removePod(uid);
    this.pods.set(uid, pod);
    this.count(podDemand(pod), 1);
  }

  removePod(uid: string): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    this.pods.delete(uid);
    this.count(podDemand(pod), -1);
  }

  /** true when another pod of this node has the host port, on the same or on every address */
  isPortTaken(port: HostPort): boolean {
    const suffix = `/${port.protocol}/${port.port}`;
    if (port.address !== ANY_ADDRESS)
      return this.hostPorts.has(port.address + suffix) || this.hostPorts.has(ANY_ADDRESS + suffix);
    return [...this.hostPorts.keys()].some((key) => key.endsWith(suffix));
  }

  private count(demand: PodDemand, sign: 1 | -1): void {
    for (const [resource, amount] of demand.requests) {
      this.requested.set(resource, (this.requested.get(resource) ?? 0) + sign * amount);
    }
    for (const port of demand.hostPorts) {
      const key = `${port.address}/${port.protocol}/${port.port}`;
      const users = (this.hostPorts.get(key) ?? 0) + sign;
      if (users > 0) this.hostPorts.set(key, users);
      else this.hostPorts.delete(key);
    }
  }
}

export const ANY_ADDRESS = '0.0.0.0';
