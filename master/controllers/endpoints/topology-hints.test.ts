import type { Node } from '../../../helper/api/core/node';
import type { Service } from '../../../helper/api/core/service';
import { type Placed, topologyHints } from './topology-hints';

const node = (zone: string | undefined, cpu: string, labels: Record<string, string> = {}): Node =>
  ({
    metadata: { name: 'n', labels: { ...labels, ...(zone ? { 'topology.kubernetes.io/zone': zone } : {}) } },
    status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: 'True' }] },
  }) as unknown as Node;
const AUTO = {
  metadata: { name: 's', annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
} as unknown as Service;
const CLOSE = { metadata: { name: 's' }, spec: { trafficDistribution: 'PreferClose' } } as unknown as Service;

/** `aab` is three endpoints, two in zone a and one in b; `-` has no zone. */
const placed = (zones: string): Placed[] =>
  [...zones].map((zone, index) => ({ uid: `p${index}`, zone: zone === '-' ? undefined : zone }));
const hinted = (service: Service, zones: string, nodes: Node[]) =>
  [...topologyHints(service, placed(zones), nodes).zoneOf.values()].join('');

const EVEN = [node('a', '2'), node('b', '2')];

test.each<[string, Service, string, Node[], string]>([
  ['gives nothing to a Service that does not ask', { metadata: { name: 's' } } as Service, 'ab', EVEN, ''],
  ['PreferClose: each its own zone', CLOSE, 'aab', EVEN, 'aab'],
  ['PreferClose: none where there is no zone', CLOSE, 'a-', EVEN, 'a'],
  ['Auto: each its own zone when that is even', AUTO, 'aabb', EVEN, 'aabb'],
  ['Auto: moves what one zone has too many of', AUTO, 'aaaa', EVEN, 'bbaa'],
  ['Auto: follows the cores', AUTO, 'aaaabbbb', [node('a', '3'), node('b', '1')], 'aaaaaabb'],
  [
    'Auto: leaves out the control plane',
    AUTO,
    'aabb',
    [...EVEN, node('c', '8', { 'node-role.kubernetes.io/control-plane': '' })],
    'aabb',
  ],
])('topologyHints() %s', (_name, service, zones, nodes, expected) => {
  expect(hinted(service, zones, nodes)).toBe(expected);
});

test.each<[string, string, Node[], string]>([
  ['one zone', 'aa', [node('a', '2')], 'Nodes only ready in one zone'],
  ['a node without a zone', 'ab', [...EVEN, node(undefined, '2')], 'Insufficient Node information'],
  ['fewer endpoints than zones', 'a', EVEN, 'Insufficient number of Endpoints'],
  ['too few endpoints to be fair', 'abc', [node('a', '8'), node('b', '1'), node('c', '1')], ''],
  ['an endpoint without a zone', 'ab-a', EVEN, 'One or more endpoints do not have a zone'],
])('topologyHints() says why there are none: %s', (_name, zones, nodes, problem) => {
  const hints = topologyHints(AUTO, placed(zones), nodes);
  if (problem) expect(hints.problem).toContain(problem);
  expect(hints.zoneOf.size === 0).toBe(hints.problem !== undefined);
});
