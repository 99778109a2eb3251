/**
 * Load balancer addresses on the node network: each is held by one node, on its interface, so that other hosts of that network find it
 * by asking around (ARP), and `ip addr` shows where it is. Chosen by every node for itself, from the same Nodes and slices: pure.
 *
 * The node with the highest hash of address and name holds it, so that a node that goes or comes moves only its own addresses. With
 * `externalTrafficPolicy: Local` only nodes with an endpoint may hold it. MetalLB does the same without putting the address anywhere.
 * https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
 */
import { createHash } from 'node:crypto';
import type { Node } from '../../helper/api/core/node';
import { isInRange, parseCidr, parseIpv4 } from '../../helper/net/ipv4';
import type { ServicePort } from './service-ports';

const EXCLUDED_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

const isReady = ({ status }: Node) =>
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

const rank = (address: string, node: string) => createHash('sha1').update(`${address}/${node}`).digest('hex');

/** The node that holds the address, a ready one if there is one; undefined when none may. */
export function holderOf(address: string, nodes: readonly Node[], among?: readonly string[]): string | undefined {
  const allowed = nodes.filter(
    ({ metadata: { name, labels } }) =>
      labels?.[EXCLUDED_LABEL] === undefined && (among === undefined || among.includes(name)),
  );
  const ready = allowed.filter(isReady);
  // Where all nodes seem lost it is the control plane that is.
  const names = (ready.length > 0 ? ready : allowed).map(({ metadata }) => metadata.name);
  return names.sort((a, b) => (rank(address, a) < rank(address, b) ? 1 : -1))[0];
}

/** The addresses of the node network (`192.0.2.0/24`) that this node holds, in order. */
export function heldAddresses(
  ports: readonly ServicePort[],
  nodes: readonly Node[],
  { nodeName, network }: { readonly nodeName: string; readonly network: string },
): string[] {
  const range = parseCidr(network);
  const held = new Set<string>();
  for (const { loadBalancerIps, endpointNodes } of ports) {
    for (const address of loadBalancerIps) {
      if (!isInRange(parseIpv4(address), range)) continue;
      if (holderOf(address, nodes, endpointNodes) === nodeName) held.add(address);
    }
  }
  return [...held].sort();
}
