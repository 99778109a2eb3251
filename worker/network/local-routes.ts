/**
 * Keeps traffic for cluster addresses on this machine.
 *
 * A Service address exists only in NAT rules. Before its rules are there, and after they are gone, the kernel would send a
 * packet for it along the default route, to a gateway where something else may answer. So the Service range is routed to our
 * bridge and refused there (`node-rules.ts`), and the rest of the pod range is unreachable until the overlay brings better
 * routes, which are narrower and therefore win. Explicit Service addresses outside the range get a route each, from kube-proxy.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { formatIpv4, isInRange, parseCidr, parseIpv4 } from '../../helper/net/ipv4';
import { runOnHost } from './host-command';

/** Two clusters on one host may use the same ranges: a metric of its own keeps each one's routes apart. */
export function routeMetricOf(bridgeName: string): number {
  return 1000 + (createHash('sha1').update(bridgeName).digest().readUInt16BE(0) % 1000);
}

export interface LocalRoutesPlan {
  readonly bridgeName: string;
  readonly clusterCidr: string;
  readonly serviceCidr: string;
}

/** Lines for `ip -batch`. */
export function renderLocalRoutes(plan: LocalRoutesPlan): string[] {
  const metric = routeMetricOf(plan.bridgeName);
  return [
    `route replace ${plan.serviceCidr} dev ${plan.bridgeName} metric ${metric}`,
    `route replace unreachable ${plan.clusterCidr} metric ${metric}`,
  ];
}

/** The one route that does not vanish with the bridge. Lines for `ip -force -batch`. */
export function renderLocalRoutesRemoval(plan: LocalRoutesPlan): string[] {
  return [`route del unreachable ${plan.clusterCidr} metric ${routeMetricOf(plan.bridgeName)}`];
}

export interface HostAddress {
  readonly interface: string;
  readonly cidr: string;
}

/** The host's own network that a range would cut off; undefined when none. */
export function hostNetworkIn(range: string, addresses: readonly HostAddress[]): HostAddress | undefined {
  const wanted = parseCidr(range);
  return addresses.find(({ cidr }) => {
    const own = parseCidr(cidr);
    return isInRange(own.first, wanted) || isInRange(wanted.first, own);
  });
}

/** Hardware addresses we give bridges (`hardwareAddressOf`) and the overlay's device: part of the cluster, not of the host. */
function isOfCluster(name: string, mac: string): boolean {
  return mac.startsWith('0a:58:') || name.startsWith('flannel.');
}

/** IPv4 networks of this host's interfaces, without those of clusters. */
export function hostAddresses(): HostAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).flatMap((one) =>
      one.family === 'IPv4' && one.cidr && !isOfCluster(name, one.mac) ? [{ interface: name, cidr: one.cidr }] : [],
    ),
  );
}

/**
 * Routes one explicitly requested Service address to our bridge. False, and nothing done, when it cannot be: the bridge is
 * not there yet, or the address is this host's own. Idempotent.
 */
export async function ensureLocalRoute(bridgeName: string, ip: string): Promise<boolean> {
  const address = formatIpv4(parseIpv4(ip));
  const isOwn = hostAddresses().some(({ cidr }) => cidr.startsWith(`${address}/`));
  if (isOwn || !existsSync(`/sys/class/net/${bridgeName}`)) return false;
  await runOnHost('ip', [
    'route',
    'replace',
    `${address}/32`,
    'dev',
    bridgeName,
    'metric',
    `${routeMetricOf(bridgeName)}`,
  ]);
  return true;
}

/** Takes back {@link ensureLocalRoute}. Idempotent. */
export async function removeLocalRoute(bridgeName: string, ip: string): Promise<void> {
  const address = formatIpv4(parseIpv4(ip));
  const metric = `${routeMetricOf(bridgeName)}`;
  // -force: a route that is gone already is what was wanted.
  await runOnHost(
    'ip',
    ['-force', '-batch', '-'],
    `route del ${address}/32 dev ${bridgeName} metric ${metric}\n`,
  ).catch(() => {});
}
