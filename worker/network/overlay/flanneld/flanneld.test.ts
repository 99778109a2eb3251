import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDefaults } from '../../../../helper/process/default-settings';
import { silentLogger } from '../../../../helper/process/log';
import { until } from '../../../../helper/process/until';
import { Flanneld } from './flanneld';
import { askForLease, flanneldArguments, networkConfig, readLease } from './terms';

describe('terms', () => {
  test('networkConfig() lets leases begin with the first range, as Nodes do', () => {
    expect(networkConfig(withDefaults({}))).toBe(
      '{"Network":"10.244.0.0/16","SubnetLen":24,"SubnetMin":"10.244.0.0","Backend":{"Type":"vxlan","VNI":1}}',
    );
    expect(networkConfig(withDefaults({ overlayBackend: 'host-gw' }))).toContain('"Backend":{"Type":"host-gw"}');
  });

  test('flanneldArguments() names etcd, address and file', () => {
    const etcdEndpoints = ['http://192.0.2.1:2379', 'http://192.0.2.2:2379'];
    expect(flanneldArguments({ etcdEndpoints, nodeIp: '192.0.2.9' }, '/x/subnet.env')).toEqual([
      '--etcd-endpoints=http://192.0.2.1:2379,http://192.0.2.2:2379',
      '--iface=192.0.2.9',
      '--public-ip=192.0.2.9',
      '--subnet-file=/x/subnet.env',
      '--ip-masq=false',
    ]);
  });

  test.each([
    [
      'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.3.1/24\nFLANNEL_MTU=1450\n',
      { subnet: '10.244.3.0/24', mtu: 1450 },
    ],
    [askForLease('10.244.0.0/16', '10.244.3.0/24'), undefined],
    ['', undefined],
  ])('readLease(%j)', (text, expected) => expect(readLease(text)).toEqual(expected));
});

/** Does at its edges what flanneld's documentation says: takes the range of its file, writes the file whole, stays. */
const STAND_IN = `#!/bin/sh
for flag in "$@"; do case $flag in --subnet-file=*) file=\${flag#*=};; esac; done
echo "$@" >>"$(dirname "$0")/calls"
echo started $$ >>"$(dirname "$0")/calls"
subnet=$(cat "$(dirname "$0")/other-lease" 2>/dev/null || sed -n s/^FLANNEL_SUBNET=//p "$file")
printf 'FLANNEL_NETWORK=10.244.0.0/16\\nFLANNEL_SUBNET=%s\\nFLANNEL_MTU=1450\\nFLANNEL_IPMASQ=false\\n' "$subnet" >"$file.new"
mv "$file.new" "$file"
exec sleep 600
`;

describe('Flanneld', () => {
  let folder: string;
  let etcd: Server;
  const puts: string[] = [];
  const decode = (text: string) => Buffer.from(text, 'base64').toString();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flanneld-'));
    writeFileSync(join(folder, 'flanneld'), STAND_IN);
    chmodSync(join(folder, 'flanneld'), 0o755);
    etcd = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { key, value } = JSON.parse(body) as { key: string; value: string };
        if (request.url === '/v3/kv/put') puts.push(`${decode(key)} ${decode(value)}`);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => etcd.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    etcd.close();
    rmSync(folder, { recursive: true });
  });

  function start(subnetFile: string, podCidr: () => string | undefined): Flanneld {
    const endpoint = `http://127.0.0.1:${(etcd.address() as AddressInfo).port}`;
    const settings = withDefaults({
      flanneldPath: join(folder, 'flanneld'),
      etcdEndpoints: ['http://127.0.0.1:1', endpoint],
      nodeIp: '192.0.2.9',
    });
    return new Flanneld({ settings, subnetFile, podCidr, log: silentLogger() });
  }
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8');

  test('waits for the Node, configures etcd, leases the range of the Node, and starts what was killed again', async () => {
    const file = join(folder, 'run', 'subnet.env');
    let range: string | undefined;
    const flanneld = start(file, () => range);
    expect(flanneld.notReadyReason()).toBe('flanneld has not been started yet');
    range = '10.244.3.0/24';
    await until(() => flanneld.notReadyReason() === undefined);
    expect(readLease(readFileSync(file, 'utf8'))).toEqual({ subnet: range, mtu: 1450 });
    expect(puts).toEqual([
      '/coreos.com/network/config {"Network":"10.244.0.0/16","SubnetLen":24,"SubnetMin":"10.244.0.0","Backend":{"Type":"vxlan","VNI":1}}',
    ]);
    const pid = Number(/started (\d+)/.exec(calls())?.[1]);
    process.kill(pid, 'SIGKILL');
    await until(() => calls().match(/started/g)?.length === 2);
    await flanneld.stop();
    await until(() => !isRunning(Number(/started (\d+)\s*$/.exec(calls())?.[1])));
    expect(existsSync(file)).toBe(true);
  });

  test('reports a lease of another range and does not call it good', async () => {
    const file = join(folder, 'other', 'subnet.env');
    writeFileSync(join(folder, 'other-lease'), '10.244.9.1/24');
    const flanneld = start(file, () => '10.244.3.0/24');
    const expected = 'flanneld leased 10.244.9.0/24, and the Node of this machine has 10.244.3.0/24 (spec.podCIDR)';
    await until(() => flanneld.notReadyReason() === expected);
    await flanneld.stop();
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
