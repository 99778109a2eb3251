import type { Node } from '../../../helper/api/core/node';
import { differences, type OverlayState } from './differences';
import { readState } from './kernel-state';
import { annotationsOf, endOf, type OverlayEnd } from './node-annotations';
import { EMPTY_OVERLAY, networkNumber, type OverlayOptions, planOverlay, vtepMacOf } from './plan-overlay';

const MAC = ['', '0e:00:00:00:00:01', '0e:00:00:00:00:02', '0e:00:00:00:00:03'] as const;
const ip = (number: number) => `192.0.2.${number}`;

function node(number: number, end: Partial<OverlayEnd> | undefined = {}, podCIDR = `10.244.${number}.0/24`): Node {
  const mac = MAC[number] ?? '';
  const annotations = annotationsOf({ backend: 'vxlan', publicIp: ip(number), mac, ...end }, 1);
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: `n${number}`, annotations }, spec: { podCIDR } };
}
const silent: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n9' }, spec: { podCIDR: '10.244.9.0/24' } };
const n1: OverlayOptions = { nodeName: 'n1', nodeIp: ip(1), backend: 'vxlan', vni: 1, linkMtu: 1500 };

const DEVICE = {
  name: 'flannel.1',
  vni: 1,
  mac: vtepMacOf('n1', 1),
  local: '192.0.2.1',
  mtu: 1450,
  address: '10.244.1.0/32',
};
const TWO_PEERS = {
  device: DEVICE,
  forwarding: [
    { mac: MAC[2], node: '192.0.2.2' },
    { mac: MAC[3], node: '192.0.2.3' },
  ],
  neighbours: [
    { address: '10.244.2.0', mac: MAC[2] },
    { address: '10.244.3.0', mac: MAC[3] },
  ],
  routes: [
    { destination: '10.244.2.0/24', via: '10.244.2.0', device: 'flannel.1' },
    { destination: '10.244.3.0/24', via: '10.244.3.0', device: 'flannel.1' },
  ],
};

describe('planOverlay()', () => {
  test('has three entries for every other node, in the order of their ranges', () => {
    expect(planOverlay([node(3), node(1), node(2)], n1)).toEqual(TWO_PEERS);
  });

  test('routes to the other nodes themselves with host-gw', () => {
    const gateway = { backend: 'host-gw' } as const;
    expect(planOverlay([node(1), node(2, gateway), node(3)], { ...n1, ...gateway })).toEqual({
      ...EMPTY_OVERLAY,
      routes: [{ destination: '10.244.2.0/24', via: '192.0.2.2' }],
    });
  });

  test('alone has a device and nobody to talk to', () => {
    expect(planOverlay([node(1)], n1)).toEqual({ ...EMPTY_OVERLAY, device: DEVICE });
  });

  test.each<[string, Node[]]>([
    ['without nodes', []],
    ['without a range of its own', [node(1, {}, ''), node(2)]],
  ])('is empty %s', (_name, nodes) => expect(planOverlay(nodes, n1)).toEqual(EMPTY_OVERLAY));

  test.each<[string, Node]>([
    ['has told nothing', silent],
    ['has no range', node(2, {}, '')],
    ['speaks another backend', node(2, { backend: 'host-gw' })],
    ['has no hardware address', node(2, { mac: 'nonsense' })],
    ['claims this node’s address', node(2, { publicIp: ip(1) })],
  ])('leaves out a node that %s', (_name, other) => {
    expect(planOverlay([node(1), other], n1)).toEqual({ ...EMPTY_OVERLAY, device: DEVICE });
  });
});

describe('endOf()', () => {
  test.each<OverlayEnd>([
    { backend: 'vxlan', publicIp: ip(1), mac: MAC[1] },
    { backend: 'host-gw', publicIp: ip(1) },
  ])('reads what annotationsOf() says of $backend', (end) => {
    expect(endOf({ ...silent, metadata: { name: 'x', annotations: annotationsOf(end, 1) } })).toEqual(end);
  });

  test('reads what flannel says', () => {
    const annotations = {
      'flannel.alpha.coreos.com/backend-data': '{"VNI":1,"VtepMAC":"0E:00:00:00:00:01"}',
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
      'flannel.alpha.coreos.com/public-ip': '192.0.2.1',
    };
    const flannels = { ...silent, metadata: { name: 'x', annotations } };
    expect(endOf(flannels)).toEqual({ backend: 'vxlan', publicIp: ip(1), mac: MAC[1] });
  });
});

test('vtepMacOf() is a hardware address of one’s own, another for every node and network', () => {
  const macs = [vtepMacOf('n1', 1), vtepMacOf('n2', 1), vtepMacOf('n1', 2)];
  expect(new Set(macs).size).toBe(3);
  for (const mac of macs) expect(mac).toMatch(/^0e(:[0-9a-f]{2}){5}$/);
  expect(vtepMacOf('n1', 1)).toBe(macs[0]);
});

test('networkNumber() is flannel’s for the usual cluster', () => {
  expect([networkNumber(6443), networkNumber(7443)]).toEqual([1, 7443]);
});

const NOTHING: OverlayState = { device: undefined, forwarding: [], neighbours: [], routes: [] };
const { address, ...device } = DEVICE;
const IN_PLACE: OverlayState = { ...TWO_PEERS, device: { ...device, port: 8472, isUp: true, addresses: [address] } };
const CREATE = [
  `link add flannel.1 address ${DEVICE.mac} mtu 1450 type vxlan id 1 local 192.0.2.1 dstport 8472 nolearning`,
  'addr add 10.244.1.0/32 dev flannel.1',
  'link set flannel.1 up',
];
const FILL = [
  `neigh replace 10.244.2.0 lladdr ${MAC[2]} dev flannel.1 nud permanent`,
  `neigh replace 10.244.3.0 lladdr ${MAC[3]} dev flannel.1 nud permanent`,
  'route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink proto 199',
  'route replace 10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink proto 199',
];
const FORWARD = [
  `fdb replace ${MAC[2]} dev flannel.1 dst 192.0.2.2 self permanent`,
  `fdb replace ${MAC[3]} dev flannel.1 dst 192.0.2.3 self permanent`,
];

describe('differences()', () => {
  test('makes everything on a bare machine', () => {
    expect(differences(NOTHING, TWO_PEERS)).toEqual({ ip: [...CREATE, ...FILL], bridge: FORWARD });
  });

  test('has nothing to do when all is in place', () => {
    expect(differences(IN_PLACE, TWO_PEERS)).toEqual({ ip: [], bridge: [] });
    expect(differences(NOTHING, EMPTY_OVERLAY)).toEqual({ ip: [], bridge: [] });
  });

  test('makes a device anew that was set up otherwise, with all its entries', () => {
    const other = { ...IN_PLACE, device: { ...device, port: 8472, isUp: true, addresses: [address], vni: 7 } };
    expect(differences(other, TWO_PEERS)).toEqual({
      ip: ['link del flannel.1', ...CREATE, ...FILL],
      bridge: FORWARD,
    });
  });

  test('corrects length and address of a device in place', () => {
    const other = { ...device, mtu: 1500, port: 8472, isUp: true, addresses: ['10.244.7.0/32'] };
    expect(differences({ ...IN_PLACE, device: other }, TWO_PEERS).ip).toEqual([
      'link set flannel.1 mtu 1450',
      'addr add 10.244.1.0/32 dev flannel.1',
      'addr del 10.244.7.0/32 dev flannel.1',
    ]);
  });

  test('takes away what led to a node that is gone', () => {
    expect(differences(IN_PLACE, planOverlay([node(1), node(2)], n1))).toEqual({
      ip: ['route del 10.244.3.0/24 proto 199', 'neigh del 10.244.3.0 dev flannel.1'],
      bridge: [`fdb del ${MAC[3]} dev flannel.1 dst 192.0.2.3 self`],
    });
  });

  test('follows a node that got another address', () => {
    expect(differences(IN_PLACE, planOverlay([node(1), node(2), node(3, { publicIp: ip(8) })], n1))).toEqual({
      ip: [],
      bridge: [
        `fdb del ${MAC[3]} dev flannel.1 dst 192.0.2.3 self`,
        `fdb replace ${MAC[3]} dev flannel.1 dst 192.0.2.8 self permanent`,
      ],
    });
  });

  test('leaves nothing', () => {
    expect(differences(IN_PLACE, EMPTY_OVERLAY)).toEqual({ ip: ['link del flannel.1'], bridge: [] });
    const routed = { ...NOTHING, routes: [{ destination: '10.244.2.0/24', via: '192.0.2.2' }] };
    expect(differences(routed, EMPTY_OVERLAY)).toEqual({ ip: ['route del 10.244.2.0/24 proto 199'], bridge: [] });
  });
});

test('readState() understands iproute2, and leaves another cluster’s routes alone', () => {
  const answers = {
    device: JSON.stringify([
      {
        ifname: 'flannel.1',
        flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
        mtu: 1450,
        address: DEVICE.mac,
        linkinfo: { info_kind: 'vxlan', info_data: { id: 1, local: '192.0.2.1', port: 8472, learning: false } },
        addr_info: [
          { family: 'inet', local: '10.244.1.0', prefixlen: 32 },
          { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
        ],
      },
    ]),
    routes: JSON.stringify([
      { dst: '10.244.2.0/24', gateway: '10.244.2.0', dev: 'flannel.1', flags: ['onlink'] },
      { dst: '10.244.3.0/24', gateway: '10.244.3.0', dev: 'flannel.1', flags: ['onlink'] },
      { dst: '10.9.3.0/24', gateway: '192.0.2.3', dev: 'eth0', flags: [] },
    ]),
    neighbours: JSON.stringify([
      { dst: '10.244.2.0', lladdr: MAC[2], state: ['PERMANENT'] },
      { dst: '10.244.3.0', lladdr: MAC[3], state: ['PERMANENT'] },
    ]),
    forwarding: JSON.stringify([
      { mac: MAC[2], dst: '192.0.2.2', flags: ['self'], state: 'permanent' },
      { mac: MAC[3], dst: '192.0.2.3', flags: ['self'], state: 'permanent' },
    ]),
  };
  expect(readState(answers, 'flannel.1', '10.244.0.0/16')).toEqual(IN_PLACE);
  expect(readState({ device: '', routes: '[]', neighbours: '', forwarding: '' }, 'flannel.1', '10.244.0.0/16')).toEqual(
    NOTHING,
  );
});
