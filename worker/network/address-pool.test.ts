import { formatIpv4, isInRange, parseCidr, parseIpv4 } from '../../helper/net/ipv4';
import { gatewayOf, halvesOf, hardwareAddressOf, nextFreeAddress } from './address-pool';

describe('nextFreeAddress()', () => {
  test.each([
    ['the first after the gateway', '10.244.1.0/24', [], undefined, '10.244.1.2'],
    ['the next after the last given', '10.244.1.0/24', [], '10.244.1.7', '10.244.1.8'],
    ['one that is free', '10.244.1.0/24', ['10.244.1.8', '10.244.1.9'], '10.244.1.7', '10.244.1.10'],
    ['the first again after the end', '10.244.1.0/24', [], '10.244.1.254', '10.244.1.2'],
    ['the first when the last given is of another range', '10.244.1.0/24', [], '10.244.9.7', '10.244.1.2'],
    ['none when all are in use', '10.244.1.0/30', ['10.244.1.2'], '10.244.1.2', undefined],
    ['none of a range without room', '10.244.1.0/31', [], undefined, undefined],
  ])('gives %s', (_what, cidr, used, last, expected) => {
    expect(nextFreeAddress(cidr, new Set(used), last)).toBe(expected);
  });
});

test('gatewayOf() is the second address of the range', () => {
  expect(gatewayOf('10.244.3.0/24')).toBe('10.244.3.1');
});

describe('halvesOf()', () => {
  test('gives plugins the upper half without the broadcast address', () => {
    expect(halvesOf('10.244.3.0/24')).toEqual({ ours: '10.244.3.0/25', first: '10.244.3.128', last: '10.244.3.254' });
  });
  test('keeps our own addresses in the lower half', () => {
    const { ours } = halvesOf('10.244.3.0/24');
    expect(nextFreeAddress(ours, new Set(), '10.244.3.126')).toBe('10.244.3.2');
    expect(nextFreeAddress(ours, new Set(), '10.244.3.200')).toBe('10.244.3.2');
  });
});

test('hardwareAddressOf() follows from the address', () => {
  expect(hardwareAddressOf('10.244.1.15')).toBe('0a:58:0a:f4:01:0f');
});

describe('parseIpv4() and formatIpv4()', () => {
  test.each(['0.0.0.0', '10.96.0.1', '255.255.255.255'])('round trip %s', (text) => {
    expect(formatIpv4(parseIpv4(text))).toBe(text);
  });
  test.each(['', '10.0.0', '10.0.0.256', '10.0.0.-1', '010.0.0.1', '10.0.0.1; reboot'])('refuse %j', (text) => {
    expect(() => parseIpv4(text)).toThrow(`'${text}' is not an IPv4 address`);
  });
});

describe('parseCidr()', () => {
  test('ignores host bits', () => {
    expect(formatIpv4(parseCidr('10.99.1.2/12').first)).toBe('10.96.0.0');
    expect(isInRange(parseIpv4('10.111.255.255'), parseCidr('10.96.0.0/12'))).toBe(true);
    expect(isInRange(parseIpv4('10.112.0.0'), parseCidr('10.96.0.0/12'))).toBe(false);
  });
  test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8/8', '/8', 'x/8'])('refuses %j', (text) => {
    expect(() => parseCidr(text)).toThrow();
  });
});
