/**
 * What the kernel should hold so that pods of all nodes reach each other: from Node objects, pure.
 *
 * VXLAN puts a pod's packet into a UDP packet between nodes. A node's end is one device (`flannel.<vni>`) with the first address of
 * its range; for every other node there are three static entries: a route (its /24 by way of its device's address), a neighbour (the
 * hardware address of that device) and a forwarding entry (the node that has this hardware address). Nothing is learned by asking
 * around. host-gw needs a route only, and all nodes on one network.
 * https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md
 */
import { createHash } from 'node:crypto';
import type { Node } from '../../../helper/api/core/node';
import { formatIpv4, parseCidr } from '../../../helper/net/ipv4';
import { endOf, type OverlayBackend } from './node-annotations';

/** UDP port of VXLAN in Linux, as flannel uses it. */
export const VXLAN_PORT = 8472;

export interface OverlayOptions {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly backend: OverlayBackend;
  /** number of this cluster's VXLAN network; clusters that share machines differ in it */
  readonly vni: number;
  /** of the interface that has the node's address */
  readonly linkMtu: number;
}

export interface VxlanDevice {
  readonly name: string;
  readonly vni: number;
  readonly mac: string;
  readonly local: string;
  readonly mtu: number;
  /** with prefix: `10.244.1.0/32` */
  readonly address: string;
}

export interface Route {
  readonly destination: string;
  readonly via: string;
  /** present: through this device, whose network the gateway need not be in */
  readonly device?: string;
}

/** Everything by value, in the order of the destinations, so that two plans compare whole. */
export interface OverlayPlan {
  readonly device: VxlanDevice | undefined;
  /** forwarding entries: hardware address -> node */
  readonly forwarding: readonly { readonly mac: string; readonly node: string }[];
  readonly neighbours: readonly { readonly address: string; readonly mac: string }[];
  readonly routes: readonly Route[];
}

export const EMPTY_OVERLAY: OverlayPlan = { device: undefined, forwarding: [], neighbours: [], routes: [] };
/** What VXLAN adds to a packet. */
export const VXLAN_BYTES = 50;

const KUBERNETES_PORT = 6443;

/** The VXLAN network of the cluster on this port base: flannel's number for the usual one, another for one beside it. */
export const networkNumber = (portBase: number): number => (portBase === KUBERNETES_PORT ? 1 : portBase);

export const deviceName = (vni: number): string => `flannel.${vni}`;

/** The same for a node's whole life, so that the others need not learn anew what restarts. `0e` is locally administered. */
export function vtepMacOf(nodeName: string, vni: number): string {
  const bytes = createHash('sha1').update(`${vni}/${nodeName}`).digest().subarray(0, 5);
  return ['0e', ...[...bytes].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

const firstOf = (cidr: string): string => formatIpv4(parseCidr(cidr).first);

interface Peer {
  readonly cidr: string;
  readonly publicIp: string;
  readonly mac: string | undefined;
}

/** The other nodes that have a range and have told of an end of the same backend. */
function peersOf(nodes: readonly Node[], { nodeName, backend, nodeIp }: OverlayOptions): Peer[] {
  return nodes
    .flatMap((node) => {
      const [cidr, end] = [node.spec?.podCIDR, endOf(node)];
      if (node.metadata.name === nodeName || !cidr || end?.backend !== backend || end.publicIp === nodeIp) return [];
      return [{ cidr, publicIp: end.publicIp, mac: end.mac }];
    })
    .sort((a, b) => parseCidr(a.cidr).first - parseCidr(b.cidr).first);
}

/** Nothing while this node has no range. */
export function planOverlay(nodes: readonly Node[], options: OverlayOptions): OverlayPlan {
  const own = nodes.find(({ metadata }) => metadata.name === options.nodeName)?.spec?.podCIDR;
  if (!own) return EMPTY_OVERLAY;
  const peers = peersOf(nodes, options);
  if (options.backend === 'host-gw') {
    return { ...EMPTY_OVERLAY, routes: peers.map(({ cidr, publicIp }) => ({ destination: cidr, via: publicIp })) };
  }
  const { nodeName, nodeIp, vni, linkMtu } = options;
  const name = deviceName(vni);
  const withMac = peers.flatMap(({ mac, ...peer }) => (mac ? [{ ...peer, mac }] : []));
  return {
    device: {
      name,
      vni,
      mac: vtepMacOf(nodeName, vni),
      local: nodeIp,
      mtu: linkMtu - VXLAN_BYTES,
      address: `${firstOf(own)}/32`,
    },
    forwarding: withMac.map(({ mac, publicIp }) => ({ mac, node: publicIp })),
    neighbours: withMac.map(({ cidr, mac }) => ({ address: firstOf(cidr), mac })),
    routes: withMac.map(({ cidr }) => ({ destination: cidr, via: firstOf(cidr), device: name })),
  };
}
