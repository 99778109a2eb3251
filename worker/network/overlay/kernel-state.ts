/**
 * What the kernel holds of the overlay: `ip -j` and `bridge -j` asked, their answers read.
 */
import { existsSync } from 'node:fs';
import { isInRange, parseCidr } from '../../../helper/net/ipv4';
import { runOnHost } from '../host-command';
import { type ActualDevice, type OverlayState, ROUTE_PROTOCOL } from './differences';

interface IpAddress {
  readonly ifname: string;
  readonly mtu: number;
  readonly address?: string;
  readonly flags: readonly string[];
  readonly linkinfo?: {
    readonly info_data?: { readonly id?: number; readonly local?: string; readonly port?: number };
  };
  readonly addr_info?: readonly { readonly family: string; readonly local: string; readonly prefixlen: number }[];
}
interface IpRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
}
interface IpNeighbour {
  readonly dst: string;
  readonly lladdr?: string;
}
interface BridgeEntry {
  readonly mac: string;
  readonly dst?: string;
}

/** The four answers, as JSON texts; '' where there is no device to ask about. */
export interface KernelAnswers {
  readonly device: string;
  readonly routes: string;
  readonly neighbours: string;
  readonly forwarding: string;
}

const listOf = <T>(json: string): T[] => (json.trim() ? (JSON.parse(json) as T[]) : []);

function deviceOf(json: string): ActualDevice | undefined {
  const [link] = listOf<IpAddress>(json);
  if (!link) return undefined;
  const { id = 0, local = '', port = 0 } = link.linkinfo?.info_data ?? {};
  const addresses = (link.addr_info ?? [])
    .filter(({ family }) => family === 'inet')
    .map((address) => `${address.local}/${address.prefixlen}`);
  const { ifname: name, mtu, address: mac = '', flags } = link;
  return { name, vni: id, mac, local, mtu, port, isUp: flags.includes('UP'), addresses };
}

/** Reads the answers. Routes of the mark but outside the cluster's range belong to another cluster on this machine. */
export function readState(answers: KernelAnswers, name: string, clusterCidr: string): OverlayState {
  const cluster = parseCidr(clusterCidr);
  const routes = listOf<IpRoute>(answers.routes).filter(({ dst }) => isInRange(parseCidr(dst).first, cluster));
  return {
    device: deviceOf(answers.device),
    forwarding: listOf<BridgeEntry>(answers.forwarding).flatMap(({ mac, dst }) => (dst ? [{ mac, node: dst }] : [])),
    neighbours: listOf<IpNeighbour>(answers.neighbours).map(({ dst, lladdr = '' }) => ({ address: dst, mac: lladdr })),
    routes: routes.map(({ dst, gateway = '', dev }) => ({
      destination: dst,
      via: gateway,
      // Only routes through the overlay's device name it; the kernel adds the interface of any other itself.
      ...(dev === name ? { device: name } : {}),
    })),
  };
}

/** Asks the kernel. */
export async function askKernel(name: string, clusterCidr: string): Promise<OverlayState> {
  const isThere = existsSync(`/sys/class/net/${name}`);
  const ofDevice = (program: string, args: string[]) => (isThere ? runOnHost(program, args) : Promise.resolve(''));
  const [device, routes, neighbours, forwarding] = await Promise.all([
    ofDevice('ip', ['-j', '-d', 'addr', 'show', 'dev', name]),
    runOnHost('ip', ['-j', 'route', 'show', 'proto', String(ROUTE_PROTOCOL)]),
    ofDevice('ip', ['-j', 'neigh', 'show', 'dev', name, 'nud', 'permanent']),
    ofDevice('bridge', ['-j', 'fdb', 'show', 'dev', name]),
  ]);
  return readState({ device, routes, neighbours, forwarding }, name, clusterCidr);
}
