/**
 * An IPv4 range services get their addresses from.
 *
 * Its lower part is left to those who ask for an address by name, so that they seldom find it taken by a random one.
 * https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/#avoid-ClusterIP-conflict
 */
import { isIPv4 } from 'node:net';

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

const toNumber = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** Reads `10.96.0.0/12`. Throws when it is no IPv4 range. */
export function parseRange(cidr: string): AddressRange {
  const [base = '', bits = ''] = cidr.split('/');
  if (!isIPv4(base) || !/^\d{1,2}$/.test(bits) || Number(bits) > 30) {
    throw new Error(`service range ${JSON.stringify(cidr)}: expected an IPv4 range of at least 4 addresses`);
  }
  const size = 2 ** (32 - Number(bits));
  const network = Math.floor(toNumber(base) / size) * size;
  const [first, last] = [network + 1, network + size - 2];
  const reserved = size <= 2 * MIN_STATIC ? 0 : Math.min(Math.max(MIN_STATIC, Math.floor(size / 16)), MAX_STATIC);
  return {
    first,
    last,
    dynamicFirst: first + reserved,
    contains: (address) => isIPv4(address) && toNumber(address) >= first && toNumber(address) <= last,
    addressAt: toAddress,
  };
}
