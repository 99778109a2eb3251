import { parseCidr } from '../../helper/net/ipv4';
import { answerQuestion, type ClusterNames } from './answer-question';
import { Zone } from './zone';

const web = 'web.shop.svc.cluster.local';
const zone = new Zone();
zone.replace('shop/web', [
  { name: web, type: 'A', address: '10.96.0.7' },
  { name: '7.0.96.10.in-addr.arpa', type: 'PTR', target: web },
  { name: `_http._tcp.${web}`, type: 'SRV', priority: 0, weight: 100, port: 80, target: web },
]);
zone.replace('shop/far', [{ name: 'far.shop.svc.cluster.local', type: 'CNAME', target: 'example.com' }]);
zone.replace('shop/near', [{ name: 'near.shop.svc.cluster.local', type: 'CNAME', target: web }]);

const names: ClusterNames = {
  zone,
  domain: 'cluster.local',
  serverAddress: '10.96.0.10',
  ranges: ['10.244.0.0/16', '10.96.0.0/12'].map(parseCidr),
  hosts: { lookup: (name) => (name === 'shop.local' ? [{ name, type: 'A', address: '198.18.0.1' }] : undefined) },
  hasNamespace: (name) => name === 'shop',
};

/** The outcome in dig's words and the types and data of the answers. */
function ask(name: string, type: string): string {
  const answer = answerQuestion(names, name, type);
  if (!answer) return 'ELSEWHERE';
  const data = answer.answers.map((record) => {
    const { name: _, type: kind, ...rest } = record;
    return `${kind} ${Object.values(rest).join(' ')}`;
  });
  const outcome = answer.exists ? (data.length > 0 ? data.join(', ') : 'NODATA') : 'NXDOMAIN';
  return answer.chase ? `${outcome} then ${answer.chase}` : outcome;
}

describe('answerQuestion()', () => {
  test.each([
    ['a Service', web, 'A', 'A 10.96.0.7'],
    ['another type of a name that exists', web, 'AAAA', 'NODATA'],
    ['a name that does not exist', 'none.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['a name above names that exist', 'shop.svc.cluster.local', 'A', 'NODATA'],
    ['a port', `_http._tcp.${web}`, 'SRV', `SRV 0 100 80 ${web}`],
    ['a port that does not exist', `_https._tcp.${web}`, 'SRV', 'NXDOMAIN'],
    ['the name of a Service address', '7.0.96.10.in-addr.arpa', 'PTR', `PTR ${web}`],
    ['the name of a free cluster address', '8.0.96.10.in-addr.arpa', 'PTR', 'NXDOMAIN'],
    ['the name of an address elsewhere', '8.8.8.8.in-addr.arpa', 'PTR', 'ELSEWHERE'],
    ['an alias itself', 'far.shop.svc.cluster.local', 'CNAME', 'CNAME example.com'],
    ['the address behind an alias', 'far.shop.svc.cluster.local', 'A', 'CNAME example.com then example.com'],
    ['the address behind an alias in the cluster', 'near.shop.svc.cluster.local', 'A', `CNAME ${web}, A 10.96.0.7`],
    ['a pod by its address', '10-244-0-5.shop.pod.cluster.local', 'A', 'A 10.244.0.5'],
    ['a pod in a namespace that does not exist', '10-244-0-5.no.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['a pod with an impossible address', '10-244-0-500.shop.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['the name server', 'cluster.local', 'NS', 'NS ns.dns.cluster.local'],
    ['the version of the specification', 'dns-version.cluster.local', 'TXT', 'TXT 1.1.0'],
    ['the host of an Ingress', 'shop.local', 'A', 'A 198.18.0.1'],
    ['another type of the host of an Ingress', 'shop.local', 'AAAA', 'NODATA'],
    ['what stands below the host of an Ingress', 'www.shop.local', 'A', 'ELSEWHERE'],
    ['a name of the world', 'example.com', 'A', 'ELSEWHERE'],
    ['a name that only ends alike', 'notcluster.local', 'A', 'ELSEWHERE'],
  ])('knows %s', (_, name, type, expected) => expect(ask(name, type)).toBe(expected));

  test('adds the addresses of the targets of a port, and the SOA where there is nothing', () => {
    expect(answerQuestion(names, `_http._tcp.${web}`, 'SRV')?.additional).toEqual([
      { name: web, type: 'A', address: '10.96.0.7' },
    ]);
    expect(answerQuestion(names, web, 'AAAA')?.authority[0]).toMatchObject({ type: 'SOA', name: 'cluster.local' });
  });
});

describe('Zone', () => {
  test('forgets names, and those above them, with their last record', () => {
    const own = new Zone();
    own.replace('a', [{ name: 'x.y', type: 'A', address: '1.1.1.1' }]);
    own.replace('b', [{ name: 'x.y', type: 'A', address: '1.1.1.2' }]);
    own.replace('a', []);
    expect(own.lookup('x.y')).toHaveLength(1);
    expect(own.lookup('y')).toEqual([]);
    own.replace('b', []);
    expect([own.lookup('x.y'), own.lookup('y')]).toEqual([undefined, undefined]);
  });

  test('says whether anything changed', () => {
    const own = new Zone();
    const records = [{ name: 'x', type: 'A', address: '1.1.1.1' } as const];
    expect([own.replace('a', records), own.replace('a', [...records]), own.replace('a', [])]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
