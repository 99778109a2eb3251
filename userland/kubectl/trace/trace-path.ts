/**
 * The way of a packet from a pod to where it is sent, hop by hop, and where it would be dropped. Pure: what nodes and API said goes in.
 *
 * It follows a new connection: name, Service, endpoint, bridge, tunnel, the bridge on the other side, the pod. What it cannot know it says: which
 * endpoint chance will choose, and whether anybody listens.
 * https://kubernetes.io/docs/concepts/cluster-administration/networking/
 */
import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import { type NetworkState, ownerOf, type Route, routeTo } from './network-state';
import { type ChainOutcome, followServiceChain, type Packet } from './service-chain';

export interface Hop {
  readonly place: 'name' | 'service' | 'endpoint' | 'bridge' | 'route' | 'vxlan' | 'node' | 'pod' | 'outside';
  readonly text: string;
  /** the packet goes no further, and why */
  readonly dropped?: string;
}

export interface TraceFacts {
  readonly source: Pod;
  /** as it was written: a name or an address */
  readonly host: string;
  readonly dnsServer: string;
  /** port 0: nothing but the way to the address matters */
  readonly port: number;
  readonly protocol: Packet['protocol'];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  /** by node name; a node that does not answer is missing */
  readonly states: ReadonlyMap<string, NetworkState>;
}

const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const nodeIp = (node: Node) => node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
const podCalled = ({ metadata }: Pod) => `${metadata.namespace}/${metadata.name}`;

/** All hops; the last one has `dropped` when the packet does not arrive. */
export function tracePath(facts: TraceFacts): Hop[] {
  const nodeName = facts.source.spec?.nodeName ?? '';
  const state = facts.states.get(nodeName);
  if (!state)
    return [
      {
        place: 'node',
        text: nodeName || 'none',
        dropped: nodeName ? 'its kubelet does not answer' : `${podCalled(facts.source)} has no node`,
      },
    ];
  const named = lookedUp(facts, state);
  const hops = named.hop ? [named.hop] : [];
  if (named.address === undefined) return hops;
  const packet: Packet = { address: named.address, port: facts.port, protocol: facts.protocol };
  const outcome = followServiceChain(state, packet, ownerOf(packet.address, state) !== undefined);
  const [service, target] = serviceHops(outcome, packet, facts);
  hops.push(...service);
  return target === undefined ? hops : upToDrop([...hops, ...wayTo(target, nodeName, state, facts)]);
}

/** What comes behind the place where it is dropped does not happen. */
function upToDrop(hops: readonly Hop[]): Hop[] {
  const end = hops.findIndex(({ dropped }) => dropped !== undefined);
  return hops.slice(0, end < 0 ? undefined : end + 1);
}

const NO_ADDRESS = 'no address';
/** A resolver's codes in words. */
const FAILURES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'does not exist',
  ENODATA: NO_ADDRESS,
  ESERVFAIL: 'the servers outside the cluster do not answer',
  ETIMEOUT: 'no answer',
  ECONNREFUSED: 'nobody listens there',
};
const ABSENT = ['ENOTFOUND', 'ENODATA'];

function lookedUp(
  { host, dnsServer }: TraceFacts,
  { lookups }: NetworkState,
): { hop?: Hop; address: string | undefined } {
  if (ADDRESS.test(host)) return { address: host };
  const found = lookups.find(({ addresses }) => addresses.length > 0);
  const [address] = found?.addresses ?? [];
  if (found && address)
    return {
      address,
      hop: { place: 'name', text: `${host} is ${found.name}, says ${dnsServer}: ${found.addresses.join(', ')}` },
    };
  const tried = lookups.map(({ name, failure }) => `${name} (${FAILURES[failure ?? ''] ?? failure ?? NO_ADDRESS})`);
  const isDenied = lookups.some(({ failure }) => failure === undefined || ABSENT.includes(failure));
  const verdict = isDenied ? 'no such name' : `${dnsServer} could not say`;
  return {
    address: undefined,
    hop: { place: 'name', text: `${host}, asked of ${dnsServer}`, dropped: `${verdict}: ${tried.join(', ')}` },
  };
}

const percent = (probability: number) => `${(probability * 100).toFixed(1).replace(/\.0$/, '')} %`;

/** A machine that was cut off stays behind its Services until the node controller has noticed. */
function doubt({ spec }: Pod, { states }: TraceFacts): string {
  return states.has(spec?.nodeName ?? '') ? '' : ', whose kubelet does not answer: it may be cut off';
}

/** What kube-proxy's rules make of it, and the address it has then; undefined: refused. */
function serviceHops(
  outcome: ChainOutcome,
  { address, port, protocol }: Packet,
  facts: TraceFacts,
): [Hop[], string | undefined] {
  const shown = `${address}:${port}/${protocol}`;
  if (outcome.kind === 'untouched') return [[], address];
  if (outcome.kind === 'refused')
    return [[{ place: 'service', text: shown, dropped: `${outcome.reason} (${outcome.rule})` }], undefined];
  const { chains, service, shares, isSticky } = outcome;
  const [chosen] = [...shares].sort((a, b) => b.probability - a.probability);
  const ipOf = (to: string) => to.split(':')[0] ?? '';
  const whose = (to: string) => {
    const pod = facts.pods.find(({ status, spec }) => status?.podIP === ipOf(to) && !spec?.hostNetwork);
    return pod ? ` ${podCalled(pod)} on ${pod.spec?.nodeName}${doubt(pod, facts)}` : '';
  };
  const hops: Hop[] = [
    {
      place: 'service',
      text: `${shown} is ${service}: ${chains.join(' → ')}${isSticky ? ' (clients keep their endpoint)' : ''}`,
    },
    ...shares.map(
      (share): Hop => ({
        place: 'endpoint',
        text: `${percent(share.probability)} ${share.chain} → ${share.to}${whose(share.to)}${share === chosen && shares.length > 1 ? '  ← followed here' : ''}`,
      }),
    ),
  ];
  return [hops, chosen && ipOf(chosen.to)];
}

/** From the source's bridge to the address behind all translation. */
function wayTo(address: string, nodeName: string, state: NetworkState, facts: TraceFacts): Hop[] {
  const pod = facts.pods.find(({ status, spec }) => status?.podIP === address && !spec?.hostNetwork);
  const owner = ownerOf(address, state);
  if (owner) return [{ place: 'node', text: `${address} is ${nodeName} itself (${owner})` }];
  const route = routeTo(address, state.routes);
  if (!route) return [{ place: 'route', text: address, dropped: `${nodeName} has no route to it` }];
  if (route.type === 'unreachable')
    return [
      {
        place: 'route',
        text: `${nodeName}: unreachable ${route.dst}`,
        dropped: 'the address is of the pod range, and no node has that part of it',
      },
    ];
  if (route.dev === state.bridgeName)
    return [bridgeHop(nodeName, route), arrival(pod, address, nodeName, facts.source)];
  const remote = facts.nodes.find((node) => node.spec?.podCIDR === route.dst);
  const leaving: Hop = { place: 'bridge', text: `${nodeName}: ${state.bridgeName} → ${routeText(route)}` };
  if (!remote) return [leaving, outsideHop(address, route, facts)];
  return [leaving, ...tunnel(route, remote, state), ...otherSide(remote, address, pod, facts)];
}

const routeText = ({ dst, gateway, dev }: Route) => `${dst}${gateway ? ` via ${gateway}` : ''} dev ${dev}`;
const bridgeHop = (nodeName: string, route: Route): Hop => ({
  place: 'bridge',
  text: `${nodeName}: ${routeText(route)}`,
});

function outsideHop(address: string, route: Route, { nodes }: TraceFacts): Hop {
  const node = nodes.find((one) => nodeIp(one) === address);
  if (node) return { place: 'node', text: `${address} is node ${node.metadata.name}, by ${route.dev}` };
  return {
    place: 'outside',
    text: `${address} is outside the cluster: leaves by ${routeText(route)} under the node's own address`,
  };
}

/** The three static entries of VXLAN; host-gw has a route alone. */
function tunnel({ gateway = '', dev = '' }: Route, remote: Node, { neighbours, forwarding }: NetworkState): Hop[] {
  const name = remote.metadata.name;
  if (!dev.startsWith('flannel')) {
    return gateway === nodeIp(remote)
      ? []
      : [{ place: 'route', text: `via ${gateway}`, dropped: `that is not ${name} (${nodeIp(remote)})` }];
  }
  const mac = neighbours.find((one) => one.dst === gateway && one.dev === dev)?.lladdr;
  if (!mac)
    return [
      {
        place: 'vxlan',
        text: `${dev} to ${gateway}`,
        dropped: `no neighbour entry for ${gateway}: ${name} has not told of its end of the tunnel`,
      },
    ];
  const peer = forwarding.find((one) => one.mac === mac && one.ifname === dev)?.dst;
  if (!peer)
    return [
      {
        place: 'vxlan',
        text: `${dev} to ${mac}`,
        dropped: `no forwarding entry for ${mac}: it is not known which node has it`,
      },
    ];
  const isRight = peer === nodeIp(remote);
  return [
    {
      place: 'vxlan',
      text: `${dev}: ${gateway} is ${mac}, at ${peer} (${name}), in UDP`,
      ...(isRight ? {} : { dropped: `${name} has the address ${nodeIp(remote)}` }),
    },
  ];
}

function otherSide(remote: Node, address: string, pod: Pod | undefined, { states }: TraceFacts): Hop[] {
  const name = remote.metadata.name;
  const ready = remote.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  if (ready !== 'True')
    return [
      {
        place: 'node',
        text: name,
        dropped: `node ${name} is not Ready (${ready ?? 'says nothing'}): it may be cut off`,
      },
    ];
  const state = states.get(name);
  if (!state)
    return [
      { place: 'node', text: `${name}: its kubelet does not answer, so its side is not seen` },
      arrival(pod, address, name),
    ];
  const { bridgeName } = state;
  const route = routeTo(address, state.routes);
  if (route?.dev !== bridgeName)
    return [{ place: 'bridge', text: name, dropped: `${name} does not lead ${address} to its bridge ${bridgeName}` }];
  return [bridgeHop(name, route), arrival(pod, address, name)];
}

function arrival(pod: Pod | undefined, address: string, nodeName: string, sender?: Pod): Hop {
  if (!pod) return { place: 'pod', text: address, dropped: `nobody on ${nodeName} has this address` };
  const { phase, conditions } = pod.status ?? {};
  const isBack = sender !== undefined && podCalled(pod) === podCalled(sender);
  const text = `${podCalled(pod)} (${address}) on ${nodeName}${isBack ? ', the sender itself: back by the way it came (hairpin)' : ''}`;
  if (phase !== 'Running') return { place: 'pod', text, dropped: `the pod is ${phase ?? 'unknown'}` };
  const isReady = conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return { place: 'pod', text: isReady ? text : `${text}, which is not ready: Services do not lead there` };
}

/** Lines for people; the last says how it ends. */
export function renderHops(hops: readonly Hop[]): string {
  const rows = hops.map(
    ({ place, text, dropped }, index) =>
      `${String(index + 1).padStart(2)}  ${place.padEnd(8)}  ${text}${dropped ? `\n    DROPPED   ${dropped}` : ''}`,
  );
  const end = hops.some(({ dropped }) => dropped) ? 'It does not arrive.' : 'It arrives, if somebody listens there.';
  return `${[...rows, end].join('\n')}\n`;
}
