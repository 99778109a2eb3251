import type { Service } from '../../helper/api/core/service';
import type { EndpointSlice } from '../../helper/api/discovery/endpoint-slice';
import { BALANCE_ANNOTATION, servicePorts } from './service-ports';

const service = (spec: Service['spec'], annotations: Record<string, string> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', annotations },
  spec: { clusterIP: '10.96.0.7', ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
});

const slice = (endpoints: EndpointSlice['endpoints'], name = 'http'): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'default' },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name, port: 8080, protocol: 'TCP' }],
});

const addresses = (slices: readonly EndpointSlice[], subject = service({})) =>
  servicePorts(subject, slices, { name: 'node1', zone: 'a' }).flatMap((port) =>
    port.endpoints.map((endpoint) => `${endpoint.ip}:${endpoint.port}`),
  );

describe('servicePorts()', () => {
  test('takes ready endpoints and leaves the others', () => {
    const endpoints = [
      { addresses: ['10.244.0.2'], conditions: { ready: true } },
      { addresses: ['10.244.0.3'], conditions: { ready: false } },
    ];
    expect(addresses([slice(endpoints)])).toEqual(['10.244.0.2:8080']);
  });

  test('falls back to draining endpoints while none is ready', () => {
    const endpoints = [
      { addresses: ['10.244.0.2'], conditions: { ready: false, serving: true, terminating: true } },
      { addresses: ['10.244.0.3'], conditions: { ready: false, serving: false, terminating: true } },
    ];
    expect(addresses([slice(endpoints)])).toEqual(['10.244.0.2:8080']);
  });

  test('keeps a terminating endpoint of this node for local traffic, while others are ready elsewhere', () => {
    const endpoints = [
      { addresses: ['10.244.0.2'], nodeName: 'node1', conditions: { ready: false, serving: true, terminating: true } },
      { addresses: ['10.244.1.2'], nodeName: 'node2', conditions: { ready: true } },
    ];
    const [port] = servicePorts(service({}), [slice(endpoints)], { name: 'node1' });
    expect([port?.endpoints, port?.localEndpoints].map((list) => list?.map(({ ip }) => ip))).toEqual([
      ['10.244.1.2'],
      ['10.244.0.2'],
    ]);
  });

  test('follows hints for its zone when every endpoint has one', () => {
    const hinted = (ip: string, zone: string) => ({ addresses: [ip], hints: { forZones: [{ name: zone }] } });
    expect(addresses([slice([hinted('10.244.0.2', 'a'), hinted('10.244.0.3', 'b')])])).toEqual(['10.244.0.2:8080']);
    expect(addresses([slice([hinted('10.244.0.2', 'a'), { addresses: ['10.244.0.3'] }])])).toHaveLength(2);
    expect(addresses([slice([hinted('10.244.0.2', 'b'), hinted('10.244.0.3', 'b')])])).toHaveLength(2);
  });

  test('short-cuts load balancer addresses, but not those of mode Proxy', () => {
    const balanced: Service = {
      ...service({ type: 'LoadBalancer' }),
      status: { loadBalancer: { ingress: [{ ip: '198.18.0.1' }, { ip: '198.18.0.2', ipMode: 'Proxy' }] } },
    };
    expect(servicePorts(balanced, [], { name: 'node1' })[0]?.loadBalancerIps).toEqual(['198.18.0.1']);
  });

  test('leaves Services of other proxies alone', () => {
    const labels = { 'service.kubernetes.io/service-proxy-name': 'other' };
    const other = { ...service({}), metadata: { name: 'web', namespace: 'default', labels } };
    expect(servicePorts(other, [], { name: 'node1' })).toEqual([]);
  });

  test('gives each endpoint once, in a fixed order, over several slices', () => {
    const a = slice([{ addresses: ['10.244.0.3'] }]);
    const b = slice([{ addresses: ['10.244.0.2'] }, { addresses: ['10.244.0.3'] }]);
    expect(addresses([a, b])).toEqual(addresses([b, a]));
    expect(addresses([a, b])).toEqual(['10.244.0.2:8080', '10.244.0.3:8080']);
  });

  test('matches slices to the Service port by name', () => {
    expect(addresses([slice([{ addresses: ['10.244.0.2'] }], 'metrics')])).toEqual([]);
  });

  test.each<[string, Service['spec']]>([
    ['a headless Service', { clusterIP: 'None' }],
    ['an ExternalName Service', { type: 'ExternalName', externalName: 'example.com', clusterIP: '' }],
  ])('has no rules for %s', (_, spec) => expect(servicePorts(service(spec), [], { name: 'node1' })).toEqual([]));

  test('carries affinity, node port, policies and the dialect’s strategy', () => {
    const spec: Service['spec'] = {
      type: 'NodePort',
      ports: [{ port: 80, nodePort: 30080 }],
      sessionAffinity: 'ClientIP',
      externalTrafficPolicy: 'Local',
    };
    expect(servicePorts(service(spec, { [BALANCE_ANNOTATION]: 'roundrobin' }), [], { name: 'node1' })).toEqual([
      {
        name: 'default/web',
        protocol: 'tcp',
        clusterIp: '10.96.0.7',
        port: 80,
        nodePort: 30080,
        externalIps: [],
        loadBalancerIps: [],
        sourceRanges: [],
        healthCheckNodePort: 0,
        affinitySeconds: 10800,
        balance: 'roundrobin',
        internalLocalOnly: false,
        externalLocalOnly: true,
        endpoints: [],
        endpointNodes: [],
        localEndpoints: [],
      },
    ]);
  });
});
