/**
 * Where a Service of the cluster answers, seen from the api-server: one of its ready endpoints, as an address and a port.
 *
 * Endpoints are asked directly, so that nothing depends on kube-proxy running beside the api-server. A Service without selector and
 * endpoints but with an external name is that name.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#service-reference
 */
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { type EndpointSlice, endpointSliceResource } from '../../../helper/api/discovery/endpoint-slice';
import type { Registry } from '../registry';

export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** A Service and the port asked for. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** What is wrong with a Service that cannot be asked. */
export class ServiceUnreachable extends Error {
  constructor(
    readonly reason: 'ServiceNotFound' | 'ServicePortError' | 'EndpointsNotFound' | 'MissingEndpoints',
    message: string,
    /** of the Service's port, once it was found */
    readonly portName = '',
  ) {
    super(message);
  }
}

function slicesOf(registry: Registry, namespace: string, name: string): EndpointSlice[] {
  const all = registry.cacheOf(endpointSliceResource).table.list(namespace);
  return all
    .map(({ object }) => object as EndpointSlice)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
}

/** All addresses that are ready. Throws ServiceUnreachable. */
export function readyAddresses(registry: Registry, { namespace, name, port }: ServicePort): ServiceAddress[] {
  const service = registry.cacheOf(serviceResource).get(namespace, name)?.object as Service | undefined;
  if (!service) throw new ServiceUnreachable('ServiceNotFound', `service ${JSON.stringify(name)} not found`);
  if (service.spec?.type === 'ExternalName') return [{ host: service.spec.externalName ?? '', port }];
  const found = service.spec?.ports?.find((candidate) => candidate.port === port);
  if (!found) {
    throw new ServiceUnreachable(
      'ServicePortError',
      `no service port ${port} found for service ${JSON.stringify(name)}`,
    );
  }
  const slices = slicesOf(registry, namespace, name);
  const addresses = slices.flatMap(({ endpoints = [], ports = [] }) => {
    const target = ports.find((candidate) => (candidate.name ?? '') === (found.name ?? ''))?.port;
    if (target === undefined) return [];
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap((endpoint) => endpoint.addresses.map((host) => ({ host, port: target })));
  });
  if (addresses.length > 0) return addresses;
  throw new ServiceUnreachable(
    slices.length === 0 ? 'EndpointsNotFound' : 'MissingEndpoints',
    `no endpoints available for service ${JSON.stringify(name)}`,
    found.name,
  );
}

/** One of them, by chance. Throws ServiceUnreachable. */
export function pickAddress(registry: Registry, service: ServicePort): ServiceAddress {
  const addresses = readyAddresses(registry, service);
  const chosen = addresses[Math.floor(Math.random() * addresses.length)];
  if (!chosen) throw new ServiceUnreachable('MissingEndpoints', 'no endpoints available');
  return chosen;
}
