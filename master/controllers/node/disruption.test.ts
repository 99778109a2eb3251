import { findDisruption, zoneOf } from './disruption';
import { nodeOf } from './node-fixtures';

/** That many ready and not ready nodes of a zone. */
const zone = (name: string, ready: number, notReady: number) => [
  ...Array.from({ length: ready }, (_, index) => nodeOf(`${name}-r${index}`, { zone: name })),
  ...Array.from({ length: notReady }, (_, index) => nodeOf(`${name}-n${index}`, { zone: name, ready: 'Unknown' })),
];

describe('findDisruption()', () => {
  test.each<[string, number, number, number]>([
    ['a healthy zone', 5, 0, 0.1],
    ['one of three silent', 2, 1, 0.1],
    ['two of three silent, too few to judge by', 1, 2, 0.1],
    ['55 % of a small zone silent', 9, 11, 0],
    ['just under 55 % of a small zone silent', 5, 6, 0.1],
    ['most of a zone of 50 silent', 10, 40, 0],
    ['most of a zone of 51 silent', 11, 40, 0.01],
    ['all of a zone silent while another is well', 0, 4, 0.1],
  ])('%s', (_title, ready, notReady, rate) => {
    const { isTotal, rates } = findDisruption([...zone('a', ready, notReady), ...zone('b', 1, 0)]);
    expect(isTotal).toBe(false);
    expect(rates.get(':a')).toBe(rate);
  });

  test('is total when every node of every zone is silent', () => {
    expect(findDisruption([...zone('a', 0, 2), ...zone('b', 0, 1)]).isTotal).toBe(true);
    expect(findDisruption(zone('a', 0, 1)).isTotal).toBe(true);
  });

  test('does not count nodes that are excluded, nor panic over no nodes', () => {
    const excluded = nodeOf('x', { zone: 'a', labels: { 'node.kubernetes.io/exclude-disruption': '' } });
    expect(findDisruption([excluded, ...zone('a', 0, 1)]).isTotal).toBe(true);
    expect(findDisruption([]).isTotal).toBe(false);
  });
});

describe('zoneOf()', () => {
  test.each<[Record<string, string>, string]>([
    [{}, ''],
    [{ 'topology.kubernetes.io/zone': 'z' }, ':z'],
    [{ 'topology.kubernetes.io/region': 'r', 'topology.kubernetes.io/zone': 'z' }, 'r:z'],
  ])('of %j is %j', (labels, expected) => {
    expect(zoneOf(nodeOf('n', { labels }))).toBe(expected);
  });
});
