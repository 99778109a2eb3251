/**
 * What the scheduler knows of a node: the Node object and the sum of what its pods ask for.
 *
 * Kept up to date pod by pod, so that judging a node costs the same however many pods it runs. A pod counts from the moment
 * it is assumed here (before its binding is written), so two decisions in a row never give the same room away twice.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/
 */
import type { Node } from '../../helper/api/core/node';
import type { Pod } from '../../helper/api/core/pod';
import { controllerOf } from '../../helper/api/meta';
import { podTerms } from './affinity-terms';
import { ANY_ADDRESS, type HostPort, type PodDemand, podDemand } from './pod-demand';

export class NodeState {
  readonly name: string;
  node: Node | undefined;
  readonly pods = new Map<string, Pod>();
  readonly requested = new Map<string, number>();
  /** those of {@link pods} that keep others away by a rule */
  readonly avoidingPods = new Map<string, Pod>();
  /** those of {@link pods} whose affinity rules and wishes count in favour of or against a newcomer */
  readonly wishingPods = new Map<string, Pod>();
  private readonly hostPorts = new Map<string, number>();
  /** uid of a controller -> how many of its pods are here */
  private readonly owned = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  addPod(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (this.pods.has(uid)) this.removePod(uid);
    this.pods.set(uid, pod);
    this.count(podDemand(pod), 1);
    this.countOwned(pod, 1);
    const { requiredAffinity, requiredAntiAffinity, preferred } = podTerms(pod);
    if (requiredAntiAffinity.length > 0) this.avoidingPods.set(uid, pod);
    if (requiredAffinity.length + preferred.length > 0) this.wishingPods.set(uid, pod);
  }

  removePod(uid: string): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    this.pods.delete(uid);
    this.avoidingPods.delete(uid);
    this.wishingPods.delete(uid);
    this.count(podDemand(pod), -1);
    this.countOwned(pod, -1);
  }

  /** how many pods of the controller with this uid the node has */
  podsOwnedBy(uid: string): number {
    return this.owned.get(uid) ?? 0;
  }

  /** true when another pod of this node has the host port, on the same or on every address */
  isPortTaken(port: HostPort): boolean {
    const suffix = `/${port.protocol}/${port.port}`;
    if (port.address !== ANY_ADDRESS)
      return this.hostPorts.has(port.address + suffix) || this.hostPorts.has(ANY_ADDRESS + suffix);
    return [...this.hostPorts.keys()].some((key) => key.endsWith(suffix));
  }

  private countOwned(pod: Pod, sign: 1 | -1): void {
    const owner = controllerOf(pod)?.uid;
    if (!owner) return;
    const count = this.podsOwnedBy(owner) + sign;
    if (count > 0) this.owned.set(owner, count);
    else this.owned.delete(owner);
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
