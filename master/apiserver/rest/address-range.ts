/**
 * An IPv4 range services get their addresses from.
 *
 * Its lower part is left to those who ask for an address by name, so that they seldom find it taken by a random one.
 * https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/#avoid-ClusterIP-conflict
 */
import { isIPv4 } from 'node:net';
import { formatIpv4, isInRange, parseCidr, parseIpv4 } from '../../../helper/net/ipv4';

const MIN_STATIC = 16;
const MAX_STATIC = 256;

/** Numbers are addresses as 32-bit integers; network and broadcast address are left out. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
  /** where random picks begin */
  readonly dynamicFirst: number;
  contains(address: string): boolean;
  addressAt(value: number): string;
}

/** Reads `10.96.0.0/12`. Throws when it is no IPv4 range. */
export function parseRange(cidr: string): AddressRange {
  const range = parseCidr(cidr);
  if (range.prefixLength > 30) throw new Error(`service range ${JSON.stringify(cidr)}: expected at least 4 addresses`);
  const size = range.last - range.first + 1;
  const [first, last] = [range.first + 1, range.last - 1];
  const reserved = size <= 2 * MIN_STATIC ? 0 : Math.min(Math.max(MIN_STATIC, Math.floor(size / 16)), MAX_STATIC);
  return {
    first,
    last,
    dynamicFirst: first + reserved,
    contains: (address) => isIPv4(address) && isInRange(parseIpv4(address), { ...range, first, last }),
    addressAt: formatIpv4,
  };
}
