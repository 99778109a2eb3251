import { hostNetworkIn, renderLocalRoutes, renderLocalRoutesRemoval, routeMetricOf } from './local-routes';
import { renderBridge } from './node-bridge';
import { hostInterfaceOf, renderAttach } from './pod-interface';

const RANGES = { bridgeName: 'cbr0', clusterCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12' };
const METRIC = routeMetricOf('cbr0');

test('hostInterfaceOf() fits 15 characters and differs between pods and between bridges', () => {
  const names = [hostInterfaceOf('cbr0', 'a'), hostInterfaceOf('cbr0', 'b'), hostInterfaceOf('cbr1', 'a')];
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^veth[0-9a-f]{11}$/);
});

test('renderAttach() makes the pair on the host and configures its other end inside the pod', () => {
  const plan = {
    bridgeName: 'cbr0',
    podCidr: '10.244.1.0/24',
    mtu: 1450,
    hostInterface: 'veth1',
    pid: 4711,
    ip: '10.244.1.5',
  };
  expect(renderAttach(plan)).toBe(`set -e
ip -batch - <<'HOST'
link add veth1 mtu 1450 master cbr0 type veth peer name eth0 mtu 1450 address 0a:58:0a:f4:01:05 netns 4711
link set veth1 up type bridge_slave hairpin on
HOST
exec nsenter -t 4711 -n ip -batch - <<'POD'
link set lo up
link set eth0 up
addr add 10.244.1.5/24 brd + dev eth0
route add default via 10.244.1.1
POD
`);
});

describe('renderBridge()', () => {
  const base = { ...RANGES, mtu: 1450, rangeChanged: false };

  test('makes the bridge and the local routes before the node has a range', () => {
    expect(renderBridge({ ...base, exists: false })).toEqual([
      'link add cbr0 mtu 1450 type bridge',
      'link set cbr0 up',
      `route replace 10.96.0.0/12 dev cbr0 metric ${METRIC}`,
      `route replace unreachable 10.244.0.0/16 metric ${METRIC}`,
    ]);
  });

  test('gives an existing bridge the address of a new range', () => {
    expect(renderBridge({ ...base, exists: true, podCidr: '10.244.2.0/24', rangeChanged: true })).toEqual([
      'addr flush dev cbr0',
      'link set cbr0 up',
      'link set cbr0 address 0a:58:0a:f4:02:01',
      'addr replace 10.244.2.1/24 brd + dev cbr0',
      `route replace 10.96.0.0/12 dev cbr0 metric ${METRIC}`,
      `route replace unreachable 10.244.0.0/16 metric ${METRIC}`,
    ]);
  });
});

test('renderLocalRoutesRemoval() names the route that does not vanish with the bridge', () => {
  expect(renderLocalRoutes(RANGES)).toHaveLength(2);
  expect(renderLocalRoutesRemoval(RANGES)).toEqual([`route del unreachable 10.244.0.0/16 metric ${METRIC}`]);
});

describe('hostNetworkIn()', () => {
  const addresses = [
    { interface: 'lo', cidr: '127.0.0.1/8' },
    { interface: 'eth0', cidr: '10.100.3.4/24' },
  ];
  test.each([
    ['10.96.0.0/12', 'eth0'],
    ['10.100.3.0/28', 'eth0'],
    ['10.244.0.0/16', undefined],
    ['10.100.4.0/24', undefined],
  ])('%s meets %p', (range, expected) => {
    expect(hostNetworkIn(range, addresses)?.interface).toBe(expected);
  });
});
