import { allocatePodCidr } from './allocate-pod-cidr';

describe('allocatePodCidr()', () => {
  test.each([
    ['10.244.0.0/16', [], '10.244.0.0/24'],
    ['10.244.0.0/16', ['10.244.0.0/24', '10.244.2.0/24'], '10.244.1.0/24'],
    ['10.244.0.0/16', ['10.244.0.0/23'], '10.244.2.0/24'],
    ['10.244.7.9/16', [], '10.244.0.0/24'],
    ['10.244.255.0/24', ['10.244.255.0/24'], undefined],
    ['10.1.0.0/26', [], '10.1.0.0/26'],
    ['200.0.0.0/8', ['200.0.0.0/9'], '200.128.0.0/24'],
  ])('of %s with %j taken is %s', (cluster, taken, expected) => {
    expect(allocatePodCidr(cluster, taken)).toBe(expected);
  });

  test.each(['', '10.244.0.0', '10.244.0/16', '10.244.0.0/40', 'fd00::/48'])('refuses %j', (cidr) => {
    expect(() => allocatePodCidr(cidr, [])).toThrow('is not an IPv4');
  });
});
