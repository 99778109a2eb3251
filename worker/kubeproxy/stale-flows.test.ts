import type { ServicePort } from './service-ports';
import { staleFlows } from './stale-flows';

const dns = (ips: readonly string[], overrides: Partial<ServicePort> = {}): ServicePort => ({
  name: 'default/dns',
  protocol: 'udp',
  clusterIp: '10.96.0.7',
  port: 53,
  nodePort: 0,
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  affinitySeconds: 0,
  balance: 'random',
  internalLocalOnly: false,
  externalLocalOnly: false,
  healthCheckNodePort: 0,
  endpoints: ips.map((ip) => ({ ip, port: 53, isLocal: true })),
  localEndpoints: [],
  ...overrides,
});

describe('staleFlows()', () => {
  test.each<[string, ServicePort[], ServicePort[], string[]]>([
    ['nothing when nothing went', [dns(['a'])], [dns(['a', 'b'])], []],
    ['flows to an endpoint that went', [dns(['a', 'b'])], [dns(['b'])], ['--orig-dst 10.96.0.7 --dst-nat a']],
    ['flows to all endpoints of a Service that went', [dns(['a'])], [], ['--orig-dst 10.96.0.7 --dst-nat a']],
    ['flows refused before the first endpoint came', [dns([])], [dns(['a'])], ['--orig-dst 10.96.0.7']],
    [
      'flows through the node port too',
      [dns(['a'], { nodePort: 30053 })],
      [dns([], { nodePort: 30053 })],
      ['--orig-dst 10.96.0.7 --dst-nat a', '--orig-port-dst 30053 --dst-nat a'],
    ],
    ['nothing for TCP', [dns(['a'], { protocol: 'tcp' })], [], []],
  ])('names %s', (_, before, after, expected) =>
    expect(staleFlows(before, after).map((flow) => flow.join(' '))).toEqual(expected),
  );
});
