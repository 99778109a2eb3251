import { EMPTY_TABLES, ownChains, removalInputs, restoreInput, restoreInputs } from './restore-input';
import { assembleRules } from './rules';
import type { ServicePort } from './service-ports';
import { renderPortRules } from './service-rules';

const options = { prefix: 'KUBE', podCidr: '10.244.0.0/16' };

const local = { ip: '10.244.0.2', port: 8080, isLocal: true };
const remote = { ip: '10.244.1.2', port: 8080, isLocal: false };

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
  loadBalancerIps: [],
  sourceRanges: [],
  healthCheckNodePort: 0,
  endpoints: [local, remote],
  localEndpoints: [local],
};

const renderAll = (services: readonly ServicePort[]) =>
  assembleRules(
    services.map((service) => renderPortRules(service, options)),
    options.prefix,
  );
const render = (overrides: Partial<ServicePort>) => renderAll([{ ...web, ...overrides }]);
const chainsLike = (tables: ReturnType<typeof render>, start: string) =>
  [...tables.nat].filter(([name]) => name.startsWith(start));

test('assembleRules() lets node ports answer on the addresses that were asked for', () => {
  const jumps = (addresses?: string[]) =>
    (assembleRules([], 'KUBE', addresses).nat.get('KUBE-SERVICES') ?? []).map((rule) =>
      rule.replace(/-m comment --comment "[^"]*" /, ''),
    );
  expect(jumps()).toEqual(['-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS']);
  expect(jumps(['192.0.2.1', '10.1.2.3'])).toEqual([
    '-d 192.0.2.1/32 -j KUBE-NODEPORTS',
    '-d 10.1.2.3/32 -j KUBE-NODEPORTS',
  ]);
  expect(jumps([])).toEqual([]);
});

describe('renderPortRules()', () => {
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
    const { nat, filter } = render({ endpoints: [], localEndpoints: [], nodePort: 30080 });
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
    const { filter } = render({ internalLocalOnly: true, endpoints: [remote], localEndpoints: [] });
    expect(filter.get('KUBE-SERVICES')?.[0]).toMatch(/has no local endpoints.* -j DROP$/);
  });

  test('drops what belongs to no connection before it could leave untranslated', () => {
    expect(render({}).filter.get('KUBE-FORWARD')?.[0]).toBe('-m conntrack --ctstate INVALID -j DROP');
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

  test('keeps what comes from outside off a node without an endpoint, and lets pods and the node through', () => {
    const tables = render({ nodePort: 30080, externalLocalOnly: true, localEndpoints: [], endpoints: [remote] });
    expect(chainsLike(tables, 'KUBE-EXT-')[0]?.[1]).toHaveLength(3);
    expect(tables.filter.get('KUBE-EXTERNAL-SERVICES')).toEqual([
      '-p tcp -m comment --comment "default/web:http has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP',
    ]);
  });

  test('lets only the source ranges use a load balancer address', () => {
    const { nat, filter } = render({ loadBalancerIps: ['198.18.0.5'], sourceRanges: ['203.0.113.0/24'] });
    const services = nat.get('KUBE-SERVICES')?.find((rule) => rule.includes('198.18.0.5'));
    expect(services).toBe(
      '-d 198.18.0.5/32 -p tcp -m comment --comment "default/web:http loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-CDGGSHYLG3RE2FKL',
    );
    expect(nat.get('KUBE-FW-CDGGSHYLG3RE2FKL')).toEqual([
      '-s 203.0.113.0/24 -m comment --comment "default/web:http loadbalancer IP" -j KUBE-EXT-CDGGSHYLG3RE2FKL',
    ]);
    expect(filter.get('KUBE-PROXY-FIREWALL')).toEqual([
      '-d 198.18.0.5/32 -p tcp -m comment --comment "default/web:http traffic not accepted by KUBE-FW-CDGGSHYLG3RE2FKL" -m tcp --dport 80 -j DROP',
    ]);
  });

  test('opens the health check port', () =>
    expect(render({ healthCheckNodePort: 31000 }).filter.get('KUBE-NODEPORTS')).toEqual([
      '-p tcp -m comment --comment "default/web:http health check node port" -m tcp --dport 31000 -j ACCEPT',
    ]));

  test('names no chain longer than the kernel allows', () => {
    const names = [...render({ nodePort: 30080 }).nat.keys()];
    expect(names.every((name) => name.length <= 28)).toBe(true);
  });
});

describe('restoreInput()', () => {
  const before = render({});

  test('is empty when nothing changed', () => expect(restoreInput(before, render({}))).toBe(''));

  test('touches only the chains of the Service that changed', () => {
    const input = restoreInput(before, render({ endpoints: [local] }));
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

describe('restoreInputs()', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ ...web, name: `default/s${index}`, port: index + 1 }));

  test('is one input for a few Services', () => expect(restoreInputs(EMPTY_TABLES, render({}))).toHaveLength(1));

  test('brings many new chains in groups, and the rules that lead to them last', () => {
    const inputs = restoreInputs(EMPTY_TABLES, renderAll(many));
    expect(inputs).toHaveLength(4);
    expect(inputs[0]).toContain(':KUBE-MARK-MASQ');
    const jumps = inputs.map((input) => input.includes('-A KUBE-SERVICES'));
    expect(jumps).toEqual([false, false, false, true]);
  });
});

describe('removalInputs()', () => {
  test('empties every chain before it deletes the first', () =>
    expect(
      removalInputs({
        nat: new Map([
          ['KUBE-SERVICES', []],
          ['KUBE-SVC-A', []],
        ]),
        filter: new Map(),
      }),
    ).toEqual(['*nat\n-F KUBE-SERVICES\n-F KUBE-SVC-A\nCOMMIT\n', '*nat\n-X KUBE-SERVICES\n-X KUBE-SVC-A\nCOMMIT\n']));

  test('has nothing to do where there is nothing', () => expect(removalInputs(EMPTY_TABLES)).toEqual([]));
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
