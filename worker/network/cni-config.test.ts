/** What CNI plugins are told, and the host's end of what they made. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderCniConfig, writeCniConfig } from './cni-config';
import { peerIndexIn } from './host-end';

test('renderCniConfig() plugs pods into our bridge, with addresses of the node’s range', () => {
  const plan = { bridgeName: 'mk8s0', podCidr: '10.244.3.0/24', mtu: 1450, dataDirectory: '/home/cni' };
  expect(JSON.parse(renderCniConfig(plan))).toEqual({
    cniVersion: '0.4.0',
    name: 'minik8s',
    plugins: [
      {
        type: 'bridge',
        bridge: 'mk8s0',
        hairpinMode: true,
        isGateway: false,
        ipMasq: false,
        mtu: 1450,
        ipam: {
          type: 'host-local',
          dataDir: '/home/cni',
          ranges: [[{ subnet: '10.244.3.0/24' }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  });
});

test('renderCniConfig() gives out the upper half of a range that others share', () => {
  const plan = { bridgeName: 'mk8s0', podCidr: '10.244.3.0/24', mtu: 1450, dataDirectory: '/home/cni', isShared: true };
  expect(JSON.parse(renderCniConfig(plan))).toMatchObject({
    plugins: [
      { ipam: { ranges: [[{ subnet: '10.244.3.0/24', rangeStart: '10.244.3.128', rangeEnd: '10.244.3.254' }]] } },
    ],
  });
});

test('writeCniConfig() leaves one whole file', () => {
  const home = mkdtempSync(join(tmpdir(), 'minik8s-cni-'));
  const folder = join(home, 'cni');
  for (const text of ['first', 'second', 'second']) writeCniConfig(folder, text);
  expect(readdirSync(folder)).toEqual(['10-minik8s.conflist']);
  expect(readFileSync(join(folder, '10-minik8s.conflist'), 'utf8')).toBe('second');
  rmSync(home, { recursive: true });
});

test.each([
  ['2: eth0@if12: <BROADCAST,UP> mtu 1450 qdisc noqueue', 12],
  ['2: eth0: <BROADCAST,UP> mtu 1500', undefined],
  ['', undefined],
])('peerIndexIn() of %j is %j', (line, expected) => {
  expect(peerIndexIn(line)).toBe(expected);
});
