/**
 * Which address a pod gets: the next free one of the node's range (`spec.podCIDR`), going round.
 *
 * Going round instead of taking the lowest free one keeps an address unused for a while after its pod has gone, so that
 * connections and rules that still name it do not reach a stranger. The first address is the range's own, the second the
 * bridge's (the pods' gateway), the last the broadcast.
 */
import { formatIpv4, parseCidr, parseIpv4 } from '../../helper/net/ipv4';

/** The bridge's address: the range's second. */
export function gatewayOf(podCidr: string): string {
  return formatIpv4(parseCidr(podCidr).first + 1);
}

/** A node's range for two that give out its addresses: we the lower half, CNI plugins from `first` to `last`. */
export function halvesOf(podCidr: string): { readonly ours: string; readonly first: string; readonly last: string } {
  const range = parseCidr(podCidr);
  const first = range.first + (range.last - range.first + 1) / 2;
  const ours = `${formatIpv4(range.first)}/${range.prefixLength + 1}`;
  return { ours, first: formatIpv4(first), last: formatIpv4(range.last - 1) };
}

/** The next free address after `last` (or from the start); undefined when every address is in use. */
export function nextFreeAddress(podCidr: string, used: ReadonlySet<string>, last?: string): string | undefined {
  const range = parseCidr(podCidr);
  const from = range.first + 2;
  const count = range.last - from;
  if (count <= 0) return undefined;
  const lastOffset = last === undefined ? -1 : parseIpv4(last) - from;
  const begin = lastOffset >= 0 && lastOffset < count ? lastOffset + 1 : 0;
  for (let step = 0; step < count; step++) {
    const address = formatIpv4(from + ((begin + step) % count));
    if (!used.has(address)) return address;
  }
  return undefined;
}

/**
 * The hardware address that belongs to an IP: a reused IP then keeps its hardware address, and no neighbour's ARP entry is
 * ever stale. `0a:58` marks it as locally administered, as the CNI bridge plugin did.
 */
export function hardwareAddressOf(ip: string): string {
  const bytes = ip.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['0a', '58', ...bytes].join(':');
}
