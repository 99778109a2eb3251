/**
 * How much one stream carries from a pod of this host to a pod of another machine, beside a tunnel whose entries are made by hand.
 *
 * Both ways go through the same cables and kernel; they are measured in turns, so that what else the machine does meets both alike.
 * The hand-made one is what a course writes on the blackboard: bridge, VXLAN interface, one route, one ARP and one FDB entry a side.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measured } from './api-cases';
import { Connection, type Target } from './connection';
import { inPod, type Place, run, withoutStreams } from './places';
import { allRunning, listPods, PODS, type PodView, read, removeAll, runningPod, SLEEP, until } from './running-pods';
import { median } from './statistics';

const RUNS = 7;
const RUN_SECONDS = '2';
const PORT = '5999';
const HAND = 'handmade';
/** From the half of the laboratory range (RFC 2544) that no cluster uses. */
const rangeOf = (side: number) => `198.19.${side}`;
const macOf = (side: number) => `0e:00:c6:13:0${side}:00`;

interface Side {
  readonly number: number;
  readonly machine: Place;
  readonly nodeIp: string;
}

/** Makes one side of the tunnel by hand: a namespace for a pod, its cable, bridge, tunnel, and the entries for the other side. */
function handMade(own: Side, other: Side): string {
  const [mine, its] = [rangeOf(own.number), rangeOf(other.number)];
  return `
ip netns add ${HAND}
ip link add ${HAND}0 type bridge
ip addr add ${mine}.1/24 dev ${HAND}0
ip link set ${HAND}0 mtu 1450 up
ip link add ${HAND}v type veth peer name eth0 netns ${HAND}
ip link set ${HAND}v master ${HAND}0 mtu 1450 up
ip -n ${HAND} link set lo up
ip -n ${HAND} link set eth0 mtu 1450 up
ip -n ${HAND} addr add ${mine}.2/24 dev eth0
ip -n ${HAND} route add default via ${mine}.1
device=$(ip -o -4 addr show to ${own.nodeIp}/32 | awk '{print $2; exit}')
ip link add ${HAND}x address ${macOf(own.number)} type vxlan id 77 dev $device local ${own.nodeIp} dstport 8999 nolearning
ip addr add ${mine}.0/32 dev ${HAND}x
ip link set ${HAND}x mtu 1450 up
bridge fdb replace ${macOf(other.number)} dev ${HAND}x dst ${other.nodeIp} self permanent
ip neigh replace ${its}.0 lladdr ${macOf(other.number)} dev ${HAND}x nud permanent
ip route replace ${its}.0/24 via ${its}.0 dev ${HAND}x onlink
iptables -w -I FORWARD -s 198.19.0.0/16 -j ACCEPT
iptables -w -I FORWARD -d 198.19.0.0/16 -j ACCEPT`;
}

const HAND_REMOVAL = `
iptables -w -D FORWARD -s 198.19.0.0/16 -j ACCEPT
iptables -w -D FORWARD -d 198.19.0.0/16 -j ACCEPT
ip link del ${HAND}x
ip link del ${HAND}0
ip netns del ${HAND}
true`;

/** Gbit/s that one TCP stream carries from `from` to the address, where a server of iperf3 listens. */
async function throughput(from: Place, address: string): Promise<number> {
  const text = await run(from, ['iperf3', '-c', address, '-p', PORT, '-t', RUN_SECONDS, '-O', '1', '-J']);
  const { end } = JSON.parse(text) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e9;
}

interface NodeView {
  readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
}

async function sideOf(connection: Connection, home: string, nodeName: string, number: number): Promise<Side> {
  const node = await read<NodeView>(connection, `/api/v1/nodes/${nodeName}`);
  const nodeIp = node?.status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
  if (number === 1) return { number, machine: [], nodeIp };
  const [init = ''] = readFileSync(join(home, 'machines', nodeName, 'init.pid'), 'utf8').split(' ');
  return { number, machine: ['nsenter', '-t', init, '-m', '-u', '-n', '-p'], nodeIp };
}

interface Way {
  readonly client: Place;
  readonly server: Place;
  readonly address: string;
}

async function alternate(ways: readonly Way[]): Promise<number[][]> {
  // A server of iperf3 ends when its caller does: as a daemon it would outlive us.
  const servers = ways.map(({ server }) => {
    const [program = '', ...args] = [...server, 'iperf3', '-s', '-p', PORT];
    return spawn(program, args, { stdio: 'ignore' });
  });
  try {
    const values: number[][] = ways.map(() => []);
    for (const { client, address } of ways)
      await until(
        () =>
          throughput(client, address).then(
            () => true,
            () => false,
          ),
        200,
      );
    for (let turn = 0; turn < RUNS; turn += 1) {
      for (const [index, { client, address }] of ways.entries()) values[index]?.push(await throughput(client, address));
    }
    return values;
  } finally {
    for (const server of servers) server.kill('SIGKILL');
  }
}

/** Why the case cannot be had here; undefined when it can. */
async function missing(home: string): Promise<string | undefined> {
  if (!existsSync(join(home, 'machines', 'node2', 'init.pid'))) return "a second machine: './run.sh up --nodes 2'";
  return await withoutStreams();
}

export async function measureOverlay(target: Target, home: string): Promise<Measured[]> {
  const lack = await missing(home);
  if (lack !== undefined) {
    process.stdout.write(`overlay: not measured, it needs ${lack}\n`);
    return [];
  }
  const connection = await Connection.open(target);
  const names = ['node1', 'node2'];
  const [here, there] = [await sideOf(connection, home, 'node1', 1), await sideOf(connection, home, 'node2', 2)];
  for (const nodeName of names)
    await connection.request('POST', PODS, runningPod(`stream-${nodeName}`, { run: 'stream' }, SLEEP, { nodeName }));
  await until(() => allRunning(connection, 'run%3Dstream', 2));
  const pods = await listPods(connection, 'run%3Dstream');
  const podOn = (nodeName: string) => pods.find(({ spec }) => spec.nodeName === nodeName) as PodView;
  try {
    await run(here.machine, ['sh', '-ec', handMade(here, there)]);
    await run(there.machine, ['sh', '-ec', handMade(there, here)]);
    const hand = (side: Side): Place => [...side.machine, 'nsenter', `--net=/run/netns/${HAND}`];
    const [ours = [], byHand = []] = await alternate([
      {
        client: await inPod(here.machine, podOn('node1')),
        server: await inPod(there.machine, podOn('node2')),
        address: podOn('node2').status?.podIP ?? '',
      },
      { client: hand(here), server: hand(there), address: `${rangeOf(2)}.2` },
    ]);
    const ratios = ours.map((value, turn) => value / (byHand[turn] ?? median(byHand)));
    return [
      { name: 'pod to pod over VXLAN', values: ours },
      { name: 'the same with entries made by hand', values: byHand },
      { name: 'VXLAN / made by hand', values: ratios },
    ];
  } finally {
    for (const { machine } of [here, there]) await run(machine, ['sh', '-c', `(${HAND_REMOVAL}) 2>/dev/null`]);
    await removeAll(connection, 'run%3Dstream');
    connection.close();
  }
}
