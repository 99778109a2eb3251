import { EMPTY_TABLES, ownChains, restoreInput } from './restore-input';
import { renderRules } from './rules';
import type { ServicePort } from './service-ports';

const options = { prefix: 'KUBE', podCidr: '10.244.0.0/16' };

const web: ServicePort = {
  name: 'default/web:http',
  protocol: 'tcp',
  clusterIp: '10.96.0.7',
  port: 80,
  nodePort: 0,
  externalIps: [],
  affinitySeconds: 0,
  balance: 'random',
  internalLocalOnly: false,
  externalLocalOnly: false,
  endpoints: [
    { ip: '10.244.0.2', port: 8080, isLocal: true },
    { ip: '10.244.1.2', port: 8080, isLocal: false },
  ],
};

const render = (overrides: Partial<ServicePort>) => renderRules([{ ...web, ...overrides }], options);
const chainsLike = (tables: ReturnType<typeof render>, start: string) =>
  [...tables.nat].filter(([name]) => name.startsWith(start));

describe('renderRules()', () => {
  test('renders a Service of two endpoints as Kubernetes does', () => {
    const { nat, filter } = render({});
    const text = [...nat].map(([chain, rules]) => [`:${chain}`, ...rules].join('\n')).join('\n');
    expect(text).toBe(`:KUBE-SERVICES
-d 10.96.0.7/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-CDGGSHYLG3RE2FKL
-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
:KUBE-NODEPORTS
:KUBE-MARK-MASQ
-j MARK --or-mark 0x4000
:KUBE-POSTROUTING
-m mark ! --mark 0x4000/0x4000 -j RETURN
-j MARK --xor-mark 0x4000
-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
:KUBE-PROXY-CANARY
:KUBE-SEP-QA4PSDNF5R2OJOPA
-s 10.244.0.2/32 -m comment --comment "default/web:http" -j KUBE-MARK-MASQ
-p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.2:8080
:KUBE-SEP-UIQK3OSOSTRHRPBX
-s 10.244.1.2/32 -m comment --comment "default/web:http" -j KUBE-MARK-MASQ
-p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.1.2:8080
:KUBE-SVC-CDGGSHYLG3RE2FKL
! -s 10.244.0.0/16 -d 10.96.0.7/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-m comment --comment "default/web:http -> 10.244.0.2:8080" -m statistic --mode random --probability 0.5000000000 -j KUBE-SEP-QA4PSDNF5R2OJOPA
-m comment --comment "default/web:http -> 10.244.1.2:8080" -j KUBE-SEP-UIQK3OSOSTRHRPBX`);
    expect(filter.get('KUBE-SERVICES')).toEqual([]);
  });

  test('refuses at once what has no endpoints', () => {
    const { nat, filter } = render({ endpoints: [], nodePort: 30080 });
    expect(filter.get('KUBE-SERVICES')).toEqual([
      '-d 10.96.0.7/32 -p tcp -m comment --comment "default/web:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with tcp-reset',
    ]);
    expect(filter.get('KUBE-EXTERNAL-SERVICES')?.[0]).toContain('--dport 30080 -j REJECT');
    expect(nat.get('KUBE-SERVICES')).toHaveLength(1);
    expect(nat.get('KUBE-NODEPORTS')).toEqual([]);
  });

  test('leads a node port through the external chain, masqueraded', () => {
    const tables = render({ nodePort: 30080 });
    const [[name, rules] = ['', []]] = chainsLike(tables, 'KUBE-EXT-');
    expect(tables.nat.get('KUBE-NODEPORTS')?.[0]).toContain(`--dport 30080 -j ${name}`);
    expect(rules[0]).toContain('-j KUBE-MARK-MASQ');
  });

  test('sends external traffic of policy Local to endpoints of this node only', () => {
    const tables = render({ nodePort: 30080, externalLocalOnly: true });
    const [[, local] = ['', []]] = chainsLike(tables, 'KUBE-SVL-');
    expect(local.join('\n')).toContain('10.244.0.2:8080');
    expect(local.join('\n')).not.toContain('10.244.1.2:8080');
  });

  test('drops internal traffic of policy Local on a node without an endpoint', () => {
    const { filter } = render({ internalLocalOnly: true, endpoints: [{ ip: '10.244.1.2', port: 80, isLocal: false }] });
    expect(filter.get('KUBE-SERVICES')?.[0]).toMatch(/has no local endpoints.* -j DROP$/);
  });

  test('takes turns for the roundrobin of the classroom dialect', () => {
    const [[, rules] = ['', []]] = chainsLike(render({ balance: 'roundrobin' }), 'KUBE-SVC-');
    expect(rules[1]).toContain('-m statistic --mode nth --every 2 --packet 0');
    expect(rules[2]).not.toContain('statistic');
  });

  test('keeps a client with its endpoint when affinity is asked for', () => {
    const tables = render({ affinitySeconds: 300 });
    const [[, rules] = ['', []]] = chainsLike(tables, 'KUBE-SVC-');
    expect(rules.filter((rule) => rule.includes('--rcheck --seconds 300 --reap'))).toHaveLength(2);
    expect(chainsLike(tables, 'KUBE-SEP-')[0]?.[1]?.[1]).toContain('-m recent --name KUBE-SEP-');
  });

  test('names no chain longer than the kernel allows', () => {
    const names = [...render({ nodePort: 30080 }).nat.keys()];
    expect(names.every((name) => name.length <= 28)).toBe(true);
  });
});

describe('restoreInput()', () => {
  const before = render({});

  test('is empty when nothing changed', () => expect(restoreInput(before, render({}))).toBe(''));

  test('touches only the chains of the Service that changed', () => {
    const input = restoreInput(before, render({ endpoints: web.endpoints.slice(0, 1) }));
    const chains = input.split('\n').filter((line) => line.startsWith(':'));
    expect(chains.map((line) => line.slice(0, 10)).sort()).toEqual([':KUBE-SEP-', ':KUBE-SVC-']);
    expect(input).toMatch(/^\*nat\n/);
    expect(input).toMatch(/\n-X KUBE-SEP-[A-Z2-7]{16}\nCOMMIT\n$/);
  });

  test('removes everything when nothing is wanted', () => {
    const input = restoreInput(before, EMPTY_TABLES);
    expect(input).toContain('-X KUBE-SERVICES\n');
    expect(input).not.toContain('-A ');
  });
});

describe('ownChains()', () => {
  test('finds chains of the proxy in both tables and no others', () => {
    const saved =
      '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-SEP-ABC - [0:0]\n:KUBE-HOSTPORTS - [0:0]\nCOMMIT\n*filter\n:KUBE-FORWARD - [0:0]\nCOMMIT\n';
    const { nat, filter } = ownChains(saved, 'KUBE');
    expect([...nat.keys()]).toEqual(['KUBE-SERVICES', 'KUBE-SEP-ABC']);
    expect([...filter.keys()]).toEqual(['KUBE-FORWARD']);
  });
});
