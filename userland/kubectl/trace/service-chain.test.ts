import { followServiceChain, type Packet } from './service-chain';

const NAT = `*nat
-A KUBE-SERVICES -d 10.96.0.7/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-WEB
-A KUBE-SERVICES -d 10.96.0.8/32 -p udp -m comment --comment "shop/dns cluster IP" -m udp --dport 53 -j KUBE-SVC-DNS
-A KUBE-SERVICES -d 198.18.0.1/32 -p tcp -m comment --comment "shop/web:http loadbalancer IP" -m tcp --dport 80 -j KUBE-EXT-WEB
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m comment --comment "shop/web:http" -m tcp --dport 30080 -j KUBE-EXT-WEB
-A KUBE-EXT-WEB -m comment --comment "masquerade traffic for shop/web:http external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-WEB -j KUBE-SVC-WEB
-A KUBE-SVC-WEB ! -s 10.244.0.0/16 -d 10.96.0.7/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-WEB -m comment --comment "x" -m statistic --mode random --probability 0.25000000000 -j KUBE-SEP-A
-A KUBE-SVC-WEB -m comment --comment "x" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-B
-A KUBE-SVC-WEB -m comment --comment "x" -j KUBE-SEP-C
-A KUBE-SEP-A -s 10.244.0.3/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.0.3:8080
-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.244.0.4:8080
-A KUBE-SEP-C -p tcp -m tcp -j DNAT --to-destination 10.244.1.4:8080
-A KUBE-SVC-DNS -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-D -j KUBE-SEP-D
-A KUBE-SVC-DNS -m statistic --mode nth --every 2 -j KUBE-SEP-D
-A KUBE-SVC-DNS -j KUBE-SEP-A
-A KUBE-SEP-D -p udp -m udp -j DNAT --to-destination 10.244.0.9:53
`;
const FILTER = `*filter
-A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m comment --comment "shop/idle has no endpoints" -m tcp --dport 80 -j REJECT --reject-with tcp-reset
-A KUBE-UNTRANSLATED -d 10.96.0.0/12 -p tcp -m comment --comment "no rule for this address" -j REJECT --reject-with tcp-reset
-A KUBE-UNTRANSLATED ! -d 10.244.0.0/16 -o mk8s0 -p tcp -m comment --comment "no rule for this address" -j REJECT
`;
const RULES = { nat: NAT, filter: FILTER, chainPrefix: 'KUBE' };
const tcp = (address: string, port: number): Packet => ({ address, port, protocol: 'tcp' });
const WEB = [
  ['KUBE-SEP-A', 0.25, '10.244.0.3:8080'],
  ['KUBE-SEP-B', 0.375, '10.244.0.4:8080'],
  ['KUBE-SEP-C', 0.375, '10.244.1.4:8080'],
];

describe('followServiceChain()', () => {
  test.each<[string, Packet, boolean, readonly string[], unknown[], boolean]>([
    ['a cluster address', tcp('10.96.0.7', 80), false, ['KUBE-SERVICES', 'KUBE-SVC-WEB'], WEB, false],
    [
      'an address of a load balancer',
      tcp('198.18.0.1', 80),
      false,
      ['KUBE-SERVICES', 'KUBE-EXT-WEB', 'KUBE-SVC-WEB'],
      WEB,
      false,
    ],
    ['a node port', tcp('192.0.2.1', 30080), true, ['KUBE-NODEPORTS', 'KUBE-EXT-WEB', 'KUBE-SVC-WEB'], WEB, false],
    [
      'taking turns, and clients that stay',
      { address: '10.96.0.8', port: 53, protocol: 'udp' },
      false,
      ['KUBE-SERVICES', 'KUBE-SVC-DNS'],
      [
        ['KUBE-SEP-D', 0.5, '10.244.0.9:53'],
        ['KUBE-SEP-A', 0.5, '10.244.0.3:8080'],
      ],
      true,
    ],
  ])('follows %s to its endpoints', (_, packet, isLocal, chains, shares, isSticky) => {
    const outcome = followServiceChain(RULES, packet, isLocal);
    if (outcome.kind !== 'translated') throw new Error(outcome.kind);
    expect(outcome.chains).toEqual(chains);
    expect(outcome.shares.map(({ chain, probability, to }) => [chain, probability, to])).toEqual(shares);
    expect(outcome.isSticky).toBe(isSticky);
  });

  test.each([
    ['a Service without endpoints', tcp('10.96.0.9', 80), 'shop/idle has no endpoints'],
    ['a port no Service has', tcp('10.96.0.7', 81), 'no rule for this address'],
  ])('says that %s is refused, and by which rule', (_, packet, reason) => {
    expect(followServiceChain(RULES, packet, false)).toMatchObject({ kind: 'refused', reason });
  });

  test('knows the chains of a cluster that shares its host', () => {
    const own = (text: string) => text.replaceAll('KUBE-', 'K7443-');
    const rules = { nat: own(NAT), filter: own(FILTER), chainPrefix: 'K7443' };
    expect(followServiceChain(rules, tcp('10.96.0.7', 80), false)).toMatchObject({ kind: 'translated' });
    expect(followServiceChain(rules, tcp('10.96.0.9', 80), false)).toMatchObject({ kind: 'refused' });
    expect(followServiceChain({ ...rules, chainPrefix: 'KUBE' }, tcp('10.96.0.7', 80), false).kind).toBe('untouched');
  });

  test('leaves addresses of pods and of the world alone', () => {
    expect(followServiceChain(RULES, tcp('10.244.1.4', 80), false)).toEqual({ kind: 'untouched' });
    expect(followServiceChain(RULES, tcp('192.0.2.7', 443), false)).toEqual({ kind: 'untouched' });
    expect(followServiceChain({ nat: '', filter: '', chainPrefix: 'KUBE' }, tcp('192.0.2.7', 443), false)).toEqual({
      kind: 'untouched',
    });
  });
});
