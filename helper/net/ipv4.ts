/**
 * IPv4 addresses as numbers: what giving out addresses needs, to pods, nodes and Services alike.
 *
 * Kubernetes also has dual-stack and IPv6 clusters; left out because one family is enough to see how pods are addressed.
 */

export interface Ipv4Range {
  /** first address, as a number */
  readonly first: number;
  /** last address, as a number */
  readonly last: number;
  readonly prefixLength: number;
}

/** `10.0.0.1` → number. Throws on anything that is not four decimal numbers of 0 to 255. */
export function parseIpv4(text: string): number {
  const parts = text.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  if (!valid) throw new Error(`'${text}' is not an IPv4 address`);
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** `10.244.1.0/24` → its first and last address; host bits in the text are ignored. Throws on anything else. */
export function parseCidr(text: string): Ipv4Range {
  const [address = '', length = '', ...rest] = text.split('/');
  const prefixLength = Number(length);
  if (rest.length > 0 || !/^\d{1,2}$/.test(length) || prefixLength > 32) {
    throw new Error(`'${text}' is not an IPv4 range such as 10.244.0.0/16`);
  }
  const size = 2 ** (32 - prefixLength);
  const first = Math.floor(parseIpv4(address) / size) * size;
  return { first, last: first + size - 1, prefixLength };
}

export function isInRange(address: number, range: Ipv4Range): boolean {
  return address >= range.first && address <= range.last;
}

/** Do two ranges (`10.244.0.0/16`) have an address in common? Throws on what is no range. */
export function rangesOverlap(a: string, b: string): boolean {
  const [one, other] = [parseCidr(a), parseCidr(b)];
  return isInRange(one.first, other) || isInRange(other.first, one);
}
