import { execFileSync } from 'node:child_process';
import { renderBoot } from './boot-script';
import { addressOf, fabricOf, renderCable, renderFabric, renderFabricRemoval, renderWayOut } from './fabric-plan';
import { nodeCount } from './start-machines';

const FABRIC = fabricOf(6443, 'KUBE');

test('fabricOf() gives clusters on one host networks and names of their own', () => {
  expect(FABRIC).toEqual({
    namespace: 'mk8s6443',
    hostInterface: 'mk8sh6443',
    hostAddress: '198.18.93.1',
    subnet: '198.18.93.0/24',
    prefixLength: 24,
    chain: 'KUBE-MACHINES',
  });
  const other = fabricOf(65000, 'K65000');
  expect(other.subnet).not.toBe(FABRIC.subnet);
  expect(other.hostInterface.length).toBeLessThan(16);
});

test('addressOf() counts from the host', () => {
  expect([1, 2, 50].map((number) => addressOf(FABRIC, number))).toEqual(['198.18.93.1', '198.18.93.2', '198.18.93.50']);
});

test('renderCable() plugs a machine in and gives it an address and a way out', () => {
  expect(renderCable(FABRIC, 2, 77)).toEqual([
    'ip -n mk8s6443 link add port2 type veth peer name cable2',
    'ip -n mk8s6443 link set cable2 netns 77',
    'ip -n mk8s6443 link set port2 master br0 up',
    'nsenter -t 77 -n ip link set lo up',
    'nsenter -t 77 -n ip link set cable2 name eth0',
    'nsenter -t 77 -n ip addr add 198.18.93.2/24 dev eth0',
    'nsenter -t 77 -n ip link set eth0 up',
    'nsenter -t 77 -n ip route add default via 198.18.93.1',
  ]);
});

test('renderFabricRemoval() takes back all that was made on the host', () => {
  const removal = renderFabricRemoval(FABRIC);
  const rules = renderWayOut(FABRIC).filter((line) => line.includes(' -N '));
  expect(rules).toHaveLength(2);
  for (const line of rules) expect(removal).toContain(line.replace(' -N ', ' -X '));
  expect(renderFabric(FABRIC).join('\n')).toContain('link add mk8sh6443 type veth');
  expect(removal).toContain('ip link del mk8sh6443');
  expect(removal).toContain('ip netns del mk8s6443');
});

test('renderBoot() is a script the shell understands, outside and inside', () => {
  const plan = { name: 'node2', cgroup: 'minik8s-6443-node2', dockerFolder: '/a/docker', readyFile: '/a/ready' };
  const script = renderBoot(plan);
  expect(() => execFileSync('sh', ['-n', '-c', script])).not.toThrow();
  const inside = /sh -c '([\s\S]*)'$/.exec(script)?.[1]?.replace(/'\\''/g, "'") ?? '';
  expect(inside).toContain('hostname node2');
  expect(() => execFileSync('sh', ['-n', '-c', inside])).not.toThrow();
});

test.each([
  [undefined, undefined],
  ['1', 1],
])('nodeCount(%j) is %j', (flag, expected) => expect(nodeCount(flag)).toBe(expected));

test.each(['0', '-1', 'three', '51', '2.5', ''])('nodeCount(%j) is refused', (flag) => {
  expect(() => nodeCount(flag)).toThrow('expected a number from 1 to 50');
});
