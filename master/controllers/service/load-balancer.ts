/**
 * Addresses for Services of type LoadBalancer, out of a pool of the cluster's own. Pure.
 *
 * A cloud has a machine that takes traffic for such an address; here every node's kube-proxy does. A Service keeps its
 * address while it lives; `spec.loadBalancerIP` asks for one of the pool. Services of a `loadBalancerClass` are somebody else's.
 * https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
 */
import { isIPv4 } from 'node:net';
import type { LoadBalancerIngress } from 'kubernetes-types/core/v1';
import type { Service } from '../../../helper/api/core/service';
import { objectKey } from '../../../helper/api/meta';
import { formatIpv4, isInRange, parseCidr, parseIpv4 } from '../../../helper/net/ipv4';

export interface LoadBalancerPlan {
  /** the status to write; undefined: it is right already, or not ours */
  readonly ingress?: readonly LoadBalancerIngress[];
  /** why there is no address */
  readonly problem?: string;
}

const addressesOf = ({ status }: Service): string[] =>
  (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));

const wantsAddress = ({ spec, metadata }: Service) =>
  spec?.type === 'LoadBalancer' && !spec.loadBalancerClass && !metadata.deletionTimestamp;

/** Addresses given out a moment ago, by Service key: the Services themselves may not show them yet. */
export type GivenAddresses = ReadonlyMap<string, string>;

function choose(
  service: Service,
  all: readonly Service[],
  pool: string,
  given: GivenAddresses,
): string | { problem: string } {
  const range = parseCidr(pool);
  const own = objectKey(service);
  const taken = new Set(all.filter((other) => objectKey(other) !== own).flatMap(addressesOf));
  for (const [key, address] of given) if (key !== own) taken.add(address);
  const asked = service.spec?.loadBalancerIP;
  if (asked) {
    if (!isIPv4(asked) || !isInRange(parseIpv4(asked), range)) {
      return { problem: `the requested address ${asked} is not in the pool ${pool}` };
    }
    return taken.has(asked) ? { problem: `the requested address ${asked} belongs to another Service` } : asked;
  }
  // Network and broadcast address are left out.
  for (let number = range.first + 1; number < range.last; number++) {
    if (!taken.has(formatIpv4(number))) return formatIpv4(number);
  }
  return { problem: `all addresses of the pool ${pool} are in use` };
}

/** What to do for one Service, given all of them. A Service that is no load balancer any more loses its address. */
export function planLoadBalancer(
  service: Service,
  all: readonly Service[],
  pool: string,
  given: GivenAddresses = new Map(),
): LoadBalancerPlan {
  const current = addressesOf(service);
  if (!wantsAddress(service)) {
    // Only addresses of ours: a status somebody else wrote stays.
    const range = parseCidr(pool);
    const isOurs = current.some((ip) => isIPv4(ip) && isInRange(parseIpv4(ip), range));
    return isOurs && service.spec?.type !== 'LoadBalancer' ? { ingress: [] } : {};
  }
  const asked = service.spec?.loadBalancerIP;
  const [held] = current;
  if (held && (!asked || asked === held)) return {};
  const chosen = choose(service, all, pool, given);
  return typeof chosen === 'string' ? { ingress: [{ ip: chosen, ipMode: 'VIP' }] } : chosen;
}
