/**
 * IP addresses and ranges in expressions: `cidr('10.0.0.0/8').containsIP(ip('10.1.2.3'))`.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library
 */
import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net';
import { validateCidr } from '../../../../helper/api/ip-address';
import { global, method, type Overload } from '../functions';
import { CelEvaluationError } from '../syntax';
import { BOOL, INT, STRING, simpleType } from '../types';
import type { OpaqueValue } from '../values';

const IP = simpleType('net.IP');
const CIDR = simpleType('net.CIDR');

/** The one way of writing an address. */
function canonical(text: string): string {
  return isIPv4(text) ? text : new SocketAddress({ address: text, family: 'ipv6' }).address;
}

class Ip implements OpaqueValue {
  readonly celType = IP.name;
  constructor(readonly text: string) {}
  isEqualTo(other: unknown): boolean {
    return other instanceof Ip && other.text === this.text;
  }
  get family(): 'ipv4' | 'ipv6' {
    return isIPv4(this.text) ? 'ipv4' : 'ipv6';
  }
}

class Cidr implements OpaqueValue {
  readonly celType = CIDR.name;
  constructor(
    readonly ip: Ip,
    readonly length: number,
  ) {}
  isEqualTo(other: unknown): boolean {
    return other instanceof Cidr && other.length === this.length && this.ip.isEqualTo(other.ip);
  }
  get text(): string {
    return `${this.ip.text}/${this.length}`;
  }
  contains(ip: Ip): boolean {
    if (ip.family !== this.ip.family) return false;
    const list = new BlockList();
    list.addSubnet(this.ip.text, this.length, this.ip.family);
    return list.check(ip.text, ip.family);
  }
}

/** Go refuses zones and IPv4 inside IPv6 here. */
const isPlainIp = (text: string): boolean => isIP(text) !== 0 && !text.includes('%') && !/:.*\./.test(text);

function readIp(text: string): Ip {
  if (!isPlainIp(text))
    throw new CelEvaluationError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`,
    );
  return new Ip(canonical(text));
}

const isCidr = (text: string): boolean => validateCidr(text, '').length === 0 && isPlainIp(text.split('/')[0] ?? '');

function readCidr(text: string): Cidr {
  if (!isCidr(text)) throw new CelEvaluationError('network address parse error during conversion from string');
  const [address = '', length] = text.split('/');
  return new Cidr(readIp(address), Number(length));
}

/** The first address of the range. */
function masked({ ip, length }: Cidr): Cidr {
  const bits = ip.family === 'ipv4' ? 32 : 128;
  const value = toNumber(ip);
  const kept = (value >> BigInt(bits - length)) << BigInt(bits - length);
  return new Cidr(readIp(fromNumber(kept, ip.family)), length);
}

function toNumber({ text, family }: Ip): bigint {
  if (family === 'ipv4') return text.split('.').reduce((value, part) => (value << 8n) + BigInt(part), 0n);
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part ? part.split(':') : []);
  const [before, after] = [groups(head), groups(tail ?? '')];
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...new Array<string>(missing).fill('0'), ...after];
  return all.reduce((value, part) => (value << 16n) + BigInt(`0x${part}`), 0n);
}

function fromNumber(value: bigint, family: 'ipv4' | 'ipv6'): string {
  const [count, bits] = family === 'ipv4' ? [4, 8n] : [8, 16n];
  const parts = Array.from(
    { length: count },
    (_, index) => (value >> (bits * BigInt(count - 1 - index))) & ((1n << bits) - 1n),
  );
  return family === 'ipv4' ? parts.join('.') : parts.map((part) => part.toString(16)).join(':');
}

const within = (...ranges: string[]) => {
  const cidrs = ranges.map(readCidr);
  return (ip: Ip) => cidrs.some((cidr) => cidr.contains(ip));
};
const isUnspecified = within('0.0.0.0/32', '::/128');
const isLoopback = within('127.0.0.0/8', '::1/128');
const isLinkLocalMulticast = within('224.0.0.0/24', 'ff02::/16');
const isLinkLocalUnicast = within('169.254.0.0/16', 'fe80::/10');
const isMulticast = within('224.0.0.0/4', 'ff00::/8');
const isBroadcast = within('255.255.255.255/32');

const isGlobalUnicast = (ip: Ip): boolean =>
  ![isUnspecified, isLoopback, isMulticast, isLinkLocalUnicast, isBroadcast].some((is) => is(ip));

export const addresses: readonly Overload[] = [
  global('ip', [STRING], IP, readIp),
  global('isIP', [STRING], BOOL, isPlainIp),
  global('ip.isCanonical', [STRING], BOOL, (text: string) => readIp(text).text === text),
  global('string', [IP], STRING, ({ text }: Ip) => text),
  method('family', [IP], INT, ({ family }: Ip) => (family === 'ipv4' ? 4n : 6n)),
  method('isUnspecified', [IP], BOOL, isUnspecified),
  method('isLoopback', [IP], BOOL, isLoopback),
  method('isLinkLocalMulticast', [IP], BOOL, isLinkLocalMulticast),
  method('isLinkLocalUnicast', [IP], BOOL, isLinkLocalUnicast),
  method('isGlobalUnicast', [IP], BOOL, isGlobalUnicast),
  global('cidr', [STRING], CIDR, readCidr),
  global('isCIDR', [STRING], BOOL, isCidr),
  global('string', [CIDR], STRING, ({ text }: Cidr) => text),
  method('containsIP', [CIDR, IP], BOOL, (cidr: Cidr, ip: Ip) => cidr.contains(ip)),
  method('containsIP', [CIDR, STRING], BOOL, (cidr: Cidr, text: string) => cidr.contains(readIp(text))),
  method('containsCIDR', [CIDR, CIDR], BOOL, containsCidr),
  method('containsCIDR', [CIDR, STRING], BOOL, (cidr: Cidr, text: string) => containsCidr(cidr, readCidr(text))),
  method('ip', [CIDR], IP, ({ ip }: Cidr) => ip),
  method('masked', [CIDR], CIDR, masked),
  method('prefixLength', [CIDR], INT, ({ length }: Cidr) => BigInt(length)),
];

function containsCidr(cidr: Cidr, inner: Cidr): boolean {
  return inner.length >= cidr.length && cidr.contains(inner.ip);
}
