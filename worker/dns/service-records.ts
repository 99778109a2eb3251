/**
 * From one Service and its EndpointSlices to its DNS records. Pure: the heart of cluster DNS.
 *
 * | Service | records |
 * |---|---|
 * | with an address | A of the name, SRV of every named port, PTR of the address |
 * | headless | A of the name for every ready endpoint, A and PTR of every endpoint's own name, SRV of every named port |
 * | ExternalName | CNAME |
 *
 * Names of endpoints are the pod's hostname where pod and Service agree on it (`spec.subdomain`), else the address with
 * dashes. Endpoints that are not ready are left out; those of a Service with `publishNotReadyAddresses` are marked ready.
 * https://github.com/kubernetes/dns/blob/master/docs/specification.md
 */
import type { Service } from '../../helper/api/core/service';
import type { EndpointSlice } from '../../helper/api/discovery/endpoint-slice';
import { reverseName, type ZoneRecord } from './records';

const FULL_WEIGHT = 100;

interface NamedEndpoint {
  readonly name: string;
  readonly address: string;
  /** slice ports with a name */
  readonly ports: readonly { readonly prefix: string; readonly port: number }[];
}

/** `_http._tcp`: what stands in front of a Service's name to ask where a port is. */
const portPrefix = (name: string, protocol = 'TCP') => `_${name}._${protocol}`.toLowerCase();

/** Empty while the Service has no address yet, or a headless one has no ready endpoint: its name then does not exist. */
export function serviceRecords(service: Service, slices: readonly EndpointSlice[], domain: string): ZoneRecord[] {
  const { metadata, spec } = service;
  const name = `${metadata.name}.${metadata.namespace}.svc.${domain}`;
  if (spec?.type === 'ExternalName') {
    const target = (spec.externalName ?? '').toLowerCase().replace(/\.$/, '');
    return target ? [{ name, type: 'CNAME', target }] : [];
  }
  if (spec?.clusterIP === 'None') return headlessRecords(name, slices);
  return spec?.clusterIP ? addressRecords(name, spec.clusterIP, service) : [];
}

function addressRecords(name: string, address: string, { spec }: Service): ZoneRecord[] {
  const ports = (spec?.ports ?? []).filter((port) => port.name);
  return [
    { name, type: 'A', address },
    { name: reverseName(address), type: 'PTR', target: name },
    ...ports.map((port): ZoneRecord => {
      const srv = { type: 'SRV', priority: 0, weight: FULL_WEIGHT, port: port.port, target: name } as const;
      return { name: `${portPrefix(port.name ?? '', port.protocol)}.${name}`, ...srv };
    }),
  ];
}

function headlessRecords(name: string, slices: readonly EndpointSlice[]): ZoneRecord[] {
  const endpoints = slices.flatMap((slice) => readyEndpoints(slice, name));
  const addresses = [...new Set(endpoints.map((endpoint) => endpoint.address))];
  const own = new Map(endpoints.map((endpoint) => [`${endpoint.name} ${endpoint.address}`, endpoint]));
  return [
    ...addresses.map((address): ZoneRecord => ({ name, type: 'A', address })),
    ...[...own.values()].flatMap((endpoint): ZoneRecord[] => [
      { name: endpoint.name, type: 'A', address: endpoint.address },
      { name: reverseName(endpoint.address), type: 'PTR', target: endpoint.name },
    ]),
    ...portRecords(name, endpoints),
  ];
}

/** One SRV record an endpoint and port; together they weigh as much as one Service. */
function portRecords(name: string, endpoints: readonly NamedEndpoint[]): ZoneRecord[] {
  const byPort = new Map<string, Map<string, { port: number; target: string }>>();
  for (const endpoint of endpoints) {
    for (const { prefix, port } of endpoint.ports) {
      const targets = byPort.get(prefix) ?? new Map<string, { port: number; target: string }>();
      byPort.set(prefix, targets.set(`${port} ${endpoint.name}`, { port, target: endpoint.name }));
    }
  }
  return [...byPort].flatMap(([prefix, targets]) => {
    const weight = Math.max(1, Math.floor(FULL_WEIGHT / targets.size));
    return [...targets.values()].map(
      (target): ZoneRecord => ({ name: `${prefix}.${name}`, type: 'SRV', priority: 0, weight, ...target }),
    );
  });
}

function readyEndpoints(slice: EndpointSlice, name: string): NamedEndpoint[] {
  if (slice.addressType !== 'IPv4') return [];
  const ports = (slice.ports ?? []).flatMap((port) =>
    port.name && port.port ? [{ prefix: portPrefix(port.name, port.protocol), port: port.port }] : [],
  );
  return (slice.endpoints ?? []).flatMap(({ addresses, conditions, hostname }) => {
    const [address] = addresses;
    if (!address || conditions?.ready === false) return [];
    return [{ name: `${(hostname || address.replaceAll('.', '-')).toLowerCase()}.${name}`, address, ports }];
  });
}
