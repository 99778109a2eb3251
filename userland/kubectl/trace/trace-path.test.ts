import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import type { NetworkState } from './network-state';
import { parseTarget } from './parse-target';
import { renderHops, type TraceFacts, tracePath } from './trace-path';

const pod = (name: string, nodeName: string, podIP: string, phase = 'Running'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  spec: { nodeName, containers: [] },
  status: {
    phase: phase as 'Running',
    podIP,
    conditions: [{ type: 'Ready', status: phase === 'Running' ? 'True' : 'False' }],
  },
});
const node = (name: string, podCIDR: string, address: string, ready = 'True'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: { podCIDR },
  status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: ready }] },
});
const HERE: NetworkState = {
  bridgeName: 'br0',
  chainPrefix: 'KUBE',
  nat: `-A KUBE-SERVICES -d 10.96.0.7/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-WEB
-A KUBE-SVC-WEB -m statistic --mode random --probability 0.25000000000 -j KUBE-SEP-A
-A KUBE-SVC-WEB -j KUBE-SEP-B
-A KUBE-SEP-A -p tcp -j DNAT --to-destination 10.244.0.3:8080
-A KUBE-SEP-B -p tcp -j DNAT --to-destination 10.244.1.4:8080`,
  filter:
    '-A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m comment --comment "shop/idle has no endpoints" -m tcp --dport 80 -j REJECT',
  routes: [
    { dst: 'default', gateway: '192.0.2.254', dev: 'eth0' },
    { dst: '10.244.0.0/24', dev: 'br0' },
    { dst: '10.244.1.0/24', gateway: '10.244.1.0', dev: 'flannel.1' },
    { dst: '10.244.0.0/16', type: 'unreachable', metric: 1935 },
  ],
  addresses: [{ ifname: 'br0', addr_info: [{ local: '10.244.0.1' }] }],
  neighbours: [{ dst: '10.244.1.0', dev: 'flannel.1', lladdr: '0e:01' }],
  forwarding: [{ mac: '0e:01', ifname: 'flannel.1', dst: '192.0.2.2' }],
  lookups: [{ name: 'web.shop.svc.cluster.local', addresses: ['10.96.0.7'] }],
};
const THERE: NetworkState = { ...HERE, routes: [{ dst: '10.244.1.0/24', dev: 'br0' }], addresses: [] };
const facts = (more: Partial<TraceFacts> = {}): TraceFacts => ({
  source: pod('client', 'n1', '10.244.0.2'),
  host: 'web',
  dnsServer: '10.96.0.10',
  port: 80,
  protocol: 'tcp',
  pods: [pod('near', 'n1', '10.244.0.3'), pod('far', 'n2', '10.244.1.4')],
  nodes: [node('n1', '10.244.0.0/24', '192.0.2.1'), node('n2', '10.244.1.0/24', '192.0.2.2')],
  states: new Map([
    ['n1', HERE],
    ['n2', THERE],
  ]),
  ...more,
});
const withHere = (change: Partial<NetworkState>) =>
  new Map([
    ['n1', { ...HERE, ...change }],
    ['n2', THERE],
  ]);

describe('tracePath()', () => {
  test('goes by name, Service, endpoint, bridge and tunnel to the pod on the other node', () => {
    expect(
      renderHops(tracePath(facts())),
    ).toBe(` 1  name      web is web.shop.svc.cluster.local, says 10.96.0.10: 10.96.0.7
 2  service   10.96.0.7:80/tcp is shop/web:http: KUBE-SERVICES → KUBE-SVC-WEB
 3  endpoint  25 % KUBE-SEP-A → 10.244.0.3:8080 shop/near on n1
 4  endpoint  75 % KUBE-SEP-B → 10.244.1.4:8080 shop/far on n2  ← followed here
 5  bridge    n1: br0 → 10.244.1.0/24 via 10.244.1.0 dev flannel.1
 6  vxlan     flannel.1: 10.244.1.0 is 0e:01, at 192.0.2.2 (n2), in UDP
 7  bridge    n2: 10.244.1.0/24 dev br0
 8  pod       shop/far (10.244.1.4) on n2
It arrives, if somebody listens there.
`);
  });

  test('says of an endpoint that its node does not answer', () => {
    const shown = renderHops(tracePath(facts({ states: new Map([['n1', HERE]]) })));
    expect(shown).toContain('shop/far on n2, whose kubelet does not answer: it may be cut off');
  });

  test('says that a packet comes back to its sender', () => {
    const shown = renderHops(tracePath(facts({ host: '10.244.0.3', source: pod('near', 'n1', '10.244.0.3') })));
    expect(shown).toContain('shop/near (10.244.0.3) on n1, the sender itself');
  });

  test('stays on the bridge for a pod of the same node', () => {
    expect(tracePath(facts({ host: '10.244.0.3' })).map(({ place }) => place)).toEqual(['bridge', 'pod']);
  });

  test('leaves the cluster by the default route', () => {
    expect(tracePath(facts({ host: '203.0.113.9' })).map(({ place }) => place)).toEqual(['bridge', 'outside']);
  });

  const lost = { name: 'web.shop.svc.cluster.local', addresses: [], failure: 'ENOTFOUND' };
  test.each<[string, Partial<TraceFacts>, string]>([
    [
      'a name nobody has',
      { states: withHere({ lookups: [lost] }) },
      'no such name: web.shop.svc.cluster.local (does not exist)',
    ],
    [
      'a DNS server that does not answer',
      { states: withHere({ lookups: [{ ...lost, failure: 'ETIMEOUT' }] }) },
      '10.96.0.10 could not say: web.shop.svc.cluster.local (no answer)',
    ],
    ['a Service without endpoints', { host: '10.96.0.9' }, 'shop/idle has no endpoints'],
    [
      'a part of the pod range no node has',
      { host: '10.244.9.9' },
      'the address is of the pod range, and no node has that part of it',
    ],
    ['an address no pod has', { host: '10.244.0.77' }, 'nobody on n1 has this address'],
    ['a tunnel without its neighbour', { states: withHere({ neighbours: [] }) }, 'no neighbour entry for 10.244.1.0'],
    [
      'a tunnel without its forwarding entry',
      { states: withHere({ forwarding: [] }) },
      'no forwarding entry for 0e:01',
    ],
    [
      'a tunnel that leads to a wrong node',
      { states: withHere({ forwarding: [{ mac: '0e:01', ifname: 'flannel.1', dst: '192.0.2.9' }] }) },
      'n2 has the address 192.0.2.2',
    ],
    [
      'a node that is cut off',
      { nodes: [node('n1', '10.244.0.0/24', '192.0.2.1'), node('n2', '10.244.1.0/24', '192.0.2.2', 'Unknown')] },
      'node n2 is not Ready (Unknown)',
    ],
    ['a pod that has ended', { pods: [pod('far', 'n2', '10.244.1.4', 'Failed')] }, 'the pod is Failed'],
    ['a node that does not answer', { states: new Map() }, 'its kubelet does not answer'],
  ])('says where it ends: %s', (_, more, reason) => {
    const hops = tracePath(facts(more));
    expect(hops[hops.length - 1]?.dropped).toContain(reason);
    expect(renderHops(hops)).toMatch(/It does not arrive\.\n$/);
  });
});

describe('parseTarget()', () => {
  test.each([
    ['web', { kind: 'any', name: 'web' }],
    ['svc/web:8080', { kind: 'service', name: 'web', port: 8080 }],
    ['pod/x', { kind: 'pod', name: 'x' }],
    ['10.96.0.1:443', { kind: 'host', name: '10.96.0.1', port: 443 }],
    ['web.shop', { kind: 'host', name: 'web.shop' }],
    ['https://shop.local/cart', { kind: 'host', name: 'shop.local', port: 443 }],
  ])('reads %s', (text, expected) => expect(parseTarget(text)).toEqual(expected));

  test.each(['', 'node/x', 'web:99999', 'a b', 'http://'])('refuses %j', (text) => {
    expect(() => parseTarget(text)).toThrow('is no Service, pod, address or URL');
  });
});
