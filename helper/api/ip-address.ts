/**
 * Which texts are IP addresses, and which of them may stand in an object, in Kubernetes' words.
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type FieldError, invalid } from './field-error';

/** Kubernetes' answer to text that is no IP address. */
const IP_MESSAGE = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

/** The error for text that is no IP address; empty array when it is one. */
export function validateIp(text: string, path: string): FieldError[] {
  return isIP(text) ? [] : [invalid(path, text, IP_MESSAGE)];
}

/** The error for text that is no `address/prefix length`; empty array when it is one. */
export function validateCidr(text: string, path: string): FieldError[] {
  const [address = '', length = '', more] = text.split('/');
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  const isCidr = more === undefined && /^\d{1,3}$/.test(length) && Number(length) <= bits;
  return isCidr ? [] : [invalid(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

/** The error for text that is no address of the family. */
export function validateIpOfFamily(text: string, family: string, path: string): FieldError[] {
  if (family === 'IPv4') return isIPv4(text) ? [] : [invalid(path, text, 'must be a valid IPv4 address')];
  return isIPv6(text) ? [] : [invalid(path, text, 'must be a valid IPv6 address')];
}

/** Addresses an endpoint may not have: those that mean another machine to everyone who reads them. */
export function validateNonSpecialIp(text: string, path: string): FieldError[] {
  const ip = text.toLowerCase();
  const is = (pattern: RegExp) => pattern.test(ip);
  const reasons = [
    is(/^(0\.0\.0\.0|::)$/) && 'may not be unspecified (0.0.0.0 or ::)',
    is(/^(127\.|::1$)/) && 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
    is(/^(169\.254\.|fe[89ab][0-9a-f]:)/) && 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    is(/^(224\.0\.0\.|ff02:)/) && 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/16)',
  ];
  return reasons.flatMap((reason) => (reason ? [invalid(path, text, reason)] : []));
}
