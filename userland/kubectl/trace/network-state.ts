/**
 * What a node says of its kernel's way with packets (`GET /network` of its kubelet), and the few questions asked of it. Pure.
 */
import { isInRange, parseCidr, parseIpv4 } from '../../../helper/net/ipv4';
import type { NodeRules } from './service-chain';

export interface Route {
  /** `default`, an address or a range */
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  /** `unreachable`; absent: an ordinary one */
  readonly type?: string;
  readonly metric?: number;
}

export interface NetworkState extends NodeRules {
  /** interface that the pods of this node are plugged into */
  readonly bridgeName: string;
  readonly routes: readonly Route[];
  readonly addresses: readonly {
    readonly ifname?: string;
    readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
  }[];
  readonly neighbours: readonly { readonly dst?: string; readonly dev?: string; readonly lladdr?: string }[];
  readonly forwarding: readonly { readonly mac?: string; readonly ifname?: string; readonly dst?: string }[];
  readonly lookups: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly failure?: string;
  }[];
}

const rangeOf = (dst: string) => parseCidr(dst === 'default' ? '0.0.0.0/0' : dst.includes('/') ? dst : `${dst}/32`);

/** The route the kernel takes: the longest prefix, of several the least metric. */
export function routeTo(address: string, routes: readonly Route[]): Route | undefined {
  const number = parseIpv4(address);
  return routes
    .map((route) => ({ route, range: rangeOf(route.dst) }))
    .filter(({ range }) => isInRange(number, range))
    .sort((a, b) => b.range.prefixLength - a.range.prefixLength || (a.route.metric ?? 0) - (b.route.metric ?? 0))[0]
    ?.route;
}

/** The interface that has the address, on this node. */
export const ownerOf = (address: string, { addresses }: NetworkState): string | undefined =>
  addresses.find(({ addr_info = [] }) => addr_info.some(({ local }) => local === address))?.ifname;
