import type { Service } from '../../helper/api/core/service';
import type { EndpointSlice } from '../../helper/api/discovery/endpoint-slice';
import type { ZoneRecord } from './records';
import { serviceRecords } from './service-records';

const service = (spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  ...(spec ? { spec } : {}),
});

const slice = (endpoints: EndpointSlice['endpoints']): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'shop' },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});

const line = (record: ZoneRecord): string => {
  const { name, type, ...data } = record;
  return `${name} ${type} ${Object.values(data).join(' ')}`;
};
const lines = (spec: Service['spec'], slices: readonly EndpointSlice[] = []) =>
  serviceRecords(service(spec), slices, 'cluster.local').map(line);

describe('serviceRecords()', () => {
  test('gives a Service its address, its named ports and the name of its address', () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ];
    expect(lines({ clusterIP: '10.96.0.7', ports })).toEqual([
      'web.shop.svc.cluster.local A 10.96.0.7',
      '7.0.96.10.in-addr.arpa PTR web.shop.svc.cluster.local',
      '_http._tcp.web.shop.svc.cluster.local SRV 0 100 80 web.shop.svc.cluster.local',
      '_dns._udp.web.shop.svc.cluster.local SRV 0 100 53 web.shop.svc.cluster.local',
    ]);
  });

  test('gives a headless Service the addresses and names of its ready endpoints', () => {
    const endpoints = [
      { addresses: ['10.244.0.2'], hostname: 'web-0' },
      { addresses: ['10.244.0.3'], conditions: { ready: true } },
      { addresses: ['10.244.0.4'], conditions: { ready: false } },
    ];
    expect(lines({ clusterIP: 'None' }, [slice(endpoints)])).toEqual([
      'web.shop.svc.cluster.local A 10.244.0.2',
      'web.shop.svc.cluster.local A 10.244.0.3',
      'web-0.web.shop.svc.cluster.local A 10.244.0.2',
      '2.0.244.10.in-addr.arpa PTR web-0.web.shop.svc.cluster.local',
      '10-244-0-3.web.shop.svc.cluster.local A 10.244.0.3',
      '3.0.244.10.in-addr.arpa PTR 10-244-0-3.web.shop.svc.cluster.local',
      '_http._tcp.web.shop.svc.cluster.local SRV 0 50 8080 web-0.web.shop.svc.cluster.local',
      '_http._tcp.web.shop.svc.cluster.local SRV 0 50 8080 10-244-0-3.web.shop.svc.cluster.local',
    ]);
  });

  test('counts an endpoint that stands in two slices once', () => {
    const twice = slice([{ addresses: ['10.244.0.2'] }]);
    expect(lines({ clusterIP: 'None' }, [twice, twice])).toHaveLength(4);
  });

  test.each<[string, Service['spec'], string[]]>([
    [
      'makes an alias of an ExternalName',
      { type: 'ExternalName', externalName: 'Foo.example.com.' },
      ['web.shop.svc.cluster.local CNAME foo.example.com'],
    ],
    ['says nothing of a headless Service without endpoints', { clusterIP: 'None' }, []],
    ['says nothing before there is an address', { type: 'ClusterIP' }, []],
  ])('%s', (_, spec, expected) => expect(lines(spec)).toEqual(expected));
});
