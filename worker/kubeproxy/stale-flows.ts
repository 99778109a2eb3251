/**
 * UDP flows the kernel must forget: it keeps sending a client's datagrams where the first one went. Pure.
 *
 * TCP needs none of this: a new connection is a new flow. But a resolver that asks from one port again and again would go on
 * talking to an endpoint that is gone, or be refused by a Service that has got its first endpoint meanwhile.
 */
import type { Endpoint, ServicePort } from './service-ports';

const keyOf = (port: ServicePort) => `${port.name}/${port.protocol}`;
const targetOf = ({ ip, port }: Endpoint) => `${ip}:${port}`;

/** Addresses and node port a UDP Service is reached at, as conntrack names them. */
function entrances(service: ServicePort): string[][] {
  const addresses = [service.clusterIp, ...service.externalIps, ...service.loadBalancerIps];
  return [
    ...addresses.map((ip) => ['--orig-dst', ip]),
    ...(service.nodePort > 0 ? [['--orig-port-dst', `${service.nodePort}`]] : []),
  ];
}

const endpointsOf = (service: ServicePort) => [...service.endpoints, ...service.localEndpoints];

/** Arguments of `conntrack -D -p udp` for each kind of flow to forget. */
export function staleFlows(before: readonly ServicePort[], after: readonly ServicePort[]): string[][] {
  const current = new Map(after.filter(({ protocol }) => protocol === 'udp').map((port) => [keyOf(port), port]));
  const flows: string[][] = [];
  const known = new Set<string>();
  for (const old of before) {
    if (old.protocol !== 'udp') continue;
    known.add(keyOf(old));
    const now = current.get(keyOf(old));
    const kept = new Set(now ? endpointsOf(now).map(targetOf) : []);
    const gone = new Set(endpointsOf(old).flatMap((endpoint) => (kept.has(targetOf(endpoint)) ? [] : endpoint.ip)));
    for (const ip of gone) for (const entrance of entrances(old)) flows.push([...entrance, '--dst-nat', ip]);
    if (now && endpointsOf(old).length === 0 && kept.size > 0) flows.push(...entrances(now));
  }
  // A Service that is new may have been asked before it was: those flows lead nowhere.
  for (const [key, port] of current)
    if (!known.has(key) && endpointsOf(port).length > 0) flows.push(...entrances(port));
  return flows;
}
