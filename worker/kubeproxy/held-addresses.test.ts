import type { Node } from '../../helper/api/core/node';
import { heldAddresses, holderOf } from './held-addresses';
import { nodePortAddresses } from './node-port-addresses';
import type { ServicePort } from './service-ports';

const node = (name: string, ready = 'True', labels: Record<string, string> = {}): Node =>
  ({ metadata: { name, labels }, status: { conditions: [{ type: 'Ready', status: ready }] } }) as unknown as Node;
const NODES = [node('n1'), node('n2'), node('n3')];
const ADDRESSES = Array.from({ length: 60 }, (_, index) => `192.0.2.${100 + index}`);
const port = (loadBalancerIps: string[], endpointNodes?: string[]) =>
  ({ loadBalancerIps, endpointNodes }) as unknown as ServicePort;

describe('holderOf()', () => {
  test('spreads addresses over nodes, and a node that goes moves only its own', () => {
    const before = ADDRESSES.map((address) => holderOf(address, NODES));
    for (const { metadata } of NODES) expect(before.filter((name) => name === metadata.name).length).toBeGreaterThan(5);
    const after = ADDRESSES.map((address) => holderOf(address, [node('n1'), node('n2', 'Unknown'), node('n3')]));
    before.forEach((name, index) => {
      if (name !== 'n2') expect(after[index]).toBe(name);
      else expect(after[index]).not.toBe('n2');
    });
  });

  test.each<[string, Node[], string[] | undefined, string | undefined]>([
    ['nobody when none is ready', [node('n1', 'Unknown')], undefined, 'n1'],
    ['nodes that are not ready', [node('n1', 'False'), node('n2')], undefined, 'n2'],
    [
      'nodes kept from load balancers',
      [node('n1', 'True', { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }), node('n2')],
      undefined,
      'n2',
    ],
    ['nodes without an endpoint of a Service that stays local', NODES, ['n3'], 'n3'],
    ['all when nobody has one', NODES, [], undefined],
  ])('leaves out %s', (_name, nodes, among, expected) => {
    expect(holderOf('192.0.2.100', nodes, among)).toBe(expected);
  });
});

test('heldAddresses() are those of the node network that fall to this node, once each', () => {
  const options = (nodeName: string) => ({ nodeName, network: '192.0.2.0/24' });
  const ports = [port(['192.0.2.100', '198.51.100.1']), port(['192.0.2.100']), port(['192.0.2.101'], ['n1'])];
  const held = ['n1', 'n2', 'n3'].flatMap((name) => heldAddresses(ports, NODES, options(name)));
  expect(held.sort()).toEqual(['192.0.2.100', '192.0.2.101']);
  expect(heldAddresses(ports, NODES, options('n1'))).toContain('192.0.2.101');
});

test.each<[string[], string[] | undefined]>([
  [[], undefined],
  [['primary'], ['192.0.2.1']],
  [
    ['10.0.0.0/8', '192.0.2.0/24'],
    ['10.1.2.3', '192.0.2.1'],
  ],
  [['203.0.113.0/24'], []],
])('nodePortAddresses(%j)', (wanted, expected) => {
  expect(nodePortAddresses(wanted, '192.0.2.1', () => ['192.0.2.1', '10.1.2.3', '172.16.0.1'])).toEqual(expected);
});
