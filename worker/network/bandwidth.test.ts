import { bandwidthOf, renderBandwidth, shaperOf } from './bandwidth';

const asked = (ingress?: string, egress?: string) => ({
  ...(ingress === undefined ? {} : { 'kubernetes.io/ingress-bandwidth': ingress }),
  ...(egress === undefined ? {} : { 'kubernetes.io/egress-bandwidth': egress }),
});

test.each([
  [asked(), undefined],
  [asked('10M'), { ingressBits: 10_000_000 }],
  [asked('1Gi', '500k'), { ingressBits: 1_073_741_824, egressBits: 500_000 }],
])('bandwidthOf() of %j', (annotations, expected) => {
  expect(bandwidthOf(annotations)).toEqual(expected);
});

test.each([
  ['10', 'unreasonably small'],
  ['2P', 'unreasonably large'],
  ['fast', 'is not a quantity'],
])('bandwidthOf() refuses %s', (text, message) => {
  expect(() => bandwidthOf(asked(text))).toThrow(message);
});

test('renderBandwidth() holds back at the cable what goes in, and at a device of its own what comes out', () => {
  expect(renderBandwidth('vethab12', { ingressBits: 1_000_000, egressBits: 2_000_000 })).toBe(
    `tc qdisc replace dev vethab12 root tbf rate 1000000bit burst 256kb latency 25ms
ip link add ifbab12 type ifb
ip link set ifbab12 up
tc qdisc replace dev ifbab12 root tbf rate 2000000bit burst 256kb latency 25ms
tc qdisc replace dev vethab12 handle ffff: ingress
tc filter replace dev vethab12 parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev ifbab12
`,
  );
  expect(shaperOf('vethab12')).toBe('ifbab12');
});
