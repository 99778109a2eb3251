import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultRouteInterface } from './default-settings';
import { kubeconfigPath, loadSettings, SettingsError, settingsHelp } from './load-settings';

describe('loadSettings()', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'home-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));
  const load = (argv: string[] = [], env: Record<string, string> = {}) => loadSettings(['--home', home, ...argv], env);

  test('has a default for everything', () => {
    expect(load()).toMatchObject({
      home,
      portBase: 6443,
      apiServerUrl: 'https://127.0.0.1:6443',
      kubeconfig: join(home, 'admin.kubeconfig'),
      nodeName: 'node1',
      kubeletPort: 10250,
      store: 'embedded',
      etcdEndpoints: [],
      serviceCidrs: ['10.96.0.0/12', '192.168.0.0/16'],
      nodePortRange: { first: 30000, last: 32767 },
      leaderElect: false,
    });
    expect(load().nodeIp).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  test('a flag goes before the environment, that before the file, that before defaults', () => {
    writeFileSync(
      join(home, 'cluster.json'),
      JSON.stringify({
        portBase: 7001,
        nodeName: 'from-file',
        bridgeName: 'mk8s9',
        serviceCidrs: ['10.0.0.0/16'],
        ownEtcd: true,
      }),
    );
    const settings = load(['--node-name=from-flag'], { MINIK8S_NODE_NAME: 'from-env', MINIK8S_BRIDGE_NAME: 'mk8s1' });
    expect(settings).toMatchObject({
      portBase: 7001,
      nodeName: 'from-flag',
      bridgeName: 'mk8s1',
      serviceCidrs: ['10.0.0.0/16'],
    });
  });

  test('ports and addresses follow from the port base', () => {
    expect(load(['--port-base', '7000', '--store', 'etcd'])).toMatchObject({
      apiServerUrl: 'https://127.0.0.1:7000',
      kubeletPort: 7001,
      etcdEndpoints: ['http://127.0.0.1:7020'],
    });
  });

  test('a component identifies itself with a kubeconfig of its own unless told otherwise', () => {
    const path = kubeconfigPath(home, 'scheduler');
    expect(loadSettings(['--home', home], {}, 'scheduler').kubeconfig).toBe(path);
    expect(loadSettings(['--home', home, '--kubeconfig', '/x'], {}, 'scheduler').kubeconfig).toBe('/x');
  });

  test('every flag form is read', () => {
    expect(
      load(['--leader-elect', '--node-port-range', '40000-40010', '--etcd-endpoints=http://a:1,http://b:2']),
    ).toMatchObject({
      leaderElect: true,
      nodePortRange: { first: 40000, last: 40010 },
      etcdEndpoints: ['http://a:1', 'http://b:2'],
    });
    expect(load(['--leader-elect=false']).leaderElect).toBe(false);
  });

  test.each<[string[], Record<string, string>, string]>([
    [['--prot-base', '1'], {}, 'unknown argument "--prot-base"; expected one of --home, '],
    [['up'], {}, 'unknown argument "up"'],
    [['--port-base'], {}, '--port-base needs a value: a whole number from 1 to 65000'],
    [['--port-base', 'x'], {}, '--port-base: "x" is not possible; expected a whole number from 1 to 65000'],
    [[], { MINIK8S_STORE: 'mysql' }, 'MINIK8S_STORE: "mysql" is not possible; expected one of embedded, etcd'],
    [['--node-ip=1.2.3'], {}, 'expected an IPv4 address'],
    [['--pod-cidr=10.0.0.0'], {}, 'expected an IPv4 range'],
    [['--node-port-range=9-1'], {}, 'expected a range of ports'],
    [['--api-server-url=ftp://x'], {}, 'expected a URL'],
    [['--bridge-name=much-too-long-for-linux'], {}, 'at most 15'],
    [['--node-name=Node_1'], {}, 'a DNS name'],
  ])('refuses %j %j and says what is expected', (argv, env, message) => {
    expect(() => load(argv, env)).toThrow(SettingsError);
    expect(() => load(argv, env)).toThrow(message);
  });

  test('names the key and the file when the cluster file is wrong', () => {
    const file = join(home, 'cluster.json');
    writeFileSync(file, '{"portBase": "many"}');
    expect(() => load()).toThrow(`"portBase" in ${file}: "many" is not possible`);
    writeFileSync(file, '{');
    expect(() => load()).toThrow(`${file} cannot be read`);
  });

  test('settingsHelp() lists every flag with its variable', () => {
    expect(settingsHelp()).toMatch(/--port-base +first port of this cluster/);
    expect(settingsHelp()).toContain('(MINIK8S_NODE_GRACE_SECONDS)');
  });
});

test('defaultRouteInterface() finds the interface of the default route', () => {
  const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT';
  const local = 'eth1\t0000FEA9\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0';
  expect(
    defaultRouteInterface([header, local, 'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0'].join('\n')),
  ).toBe('eth0');
  expect(defaultRouteInterface([header, local].join('\n'))).toBeUndefined();
  expect(defaultRouteInterface('')).toBeUndefined();
});
