/**
 * Checks the addresses and node ports of all Services against each other and says what to repair.
 *
 * The api-server allocates both when a Service is written, so normally there is nothing to do. After a restore from backup or
 * a change of ranges two Services may hold the same address, or one outside every range: then the younger one is told so by
 * an event, as Kubernetes' repair loop does; a Service's address is immutable, so only its owner can replace it.
 * https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
 */

import { isIPv4 } from 'node:net';
import type { Service } from '../../../helper/api/core/service';
import { objectKey } from '../../../helper/api/meta';
import { isInRange, parseCidr, parseIpv4 } from '../../../helper/net/ipv4';

export interface Finding {
  readonly reason:
    | 'ClusterIPAlreadyAllocated'
    | 'ClusterIPOutOfRange'
    | 'NodePortAlreadyAllocated'
    | 'NodePortOutOfRange';
  readonly message: string;
}

export interface Ranges {
  readonly serviceCidrs: readonly string[];
  readonly nodePorts: { readonly first: number; readonly last: number };
  readonly loadBalancerCidr: string;
}

const isOlder = (a: Service, b: Service) =>
  (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ||
  (a.metadata.creationTimestamp === b.metadata.creationTimestamp && objectKey(a) < objectKey(b));

const nodePortsOf = (service: Service) =>
  (service.spec?.ports ?? []).flatMap((port) => (port.nodePort ? [`${port.nodePort}/${port.protocol ?? 'TCP'}`] : []));

/** What is wrong with this Service, given all of them; empty when nothing is. */
export function reconcileService(service: Service, all: readonly Service[], ranges: Ranges): Finding[] {
  return [...checkAddress(service, all, ranges), ...checkNodePorts(service, all, ranges)];
}

function checkAddress(service: Service, all: readonly Service[], ranges: Ranges): Finding[] {
  const address = service.spec?.clusterIP ?? '';
  if (address === '' || address === 'None') return [];
  if (!ranges.serviceCidrs.some((cidr) => isIPv4(address) && isInRange(parseIpv4(address), parseCidr(cidr)))) {
    const message = `Cluster IP ${address} is not within the service ranges ${ranges.serviceCidrs.join(', ')}; please recreate service`;
    return [{ reason: 'ClusterIPOutOfRange', message }];
  }
  const holder = all.find((other) => other.spec?.clusterIP === address && isOlder(other, service));
  if (!holder) return [];
  return [
    {
      reason: 'ClusterIPAlreadyAllocated',
      message: `Cluster IP ${address} was assigned to ${objectKey(holder)} already; please recreate service`,
    },
  ];
}

function checkNodePorts(service: Service, all: readonly Service[], ranges: Ranges): Finding[] {
  const own = nodePortsOf(service);
  // Every Service is compared with every other one: the common case, no node port, must cost nothing.
  if (own.length === 0) return [];
  const older = all.filter((other) => isOlder(other, service));
  const taken = new Map(older.flatMap((other) => nodePortsOf(other).map((port) => [port, other] as const)));
  return own.flatMap((port): Finding[] => {
    const number = Number.parseInt(port, 10);
    if (number < ranges.nodePorts.first || number > ranges.nodePorts.last) {
      return [
        {
          reason: 'NodePortOutOfRange',
          message: `Port ${number} is not within the port range ${ranges.nodePorts.first}-${ranges.nodePorts.last}; please recreate service`,
        },
      ];
    }
    const holder = taken.get(port);
    return holder
      ? [
          {
            reason: 'NodePortAlreadyAllocated',
            message: `Port ${port} was assigned to ${objectKey(holder)} already; please recreate service`,
          },
        ]
      : [];
  });
}
