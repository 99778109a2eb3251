/**
 * EndpointSlice: up to 1000 addresses behind a Service, with their readiness; kube-proxy reads these.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
import type { Endpoint, EndpointPort, EndpointSlice as PublishedEndpointSlice } from 'kubernetes-types/discovery/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { firstFew, PROTOCOLS } from '../core/endpoints';
import { defineKind } from '../define-kind';
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../field-error';
import { validateIpOfFamily, validateNonSpecialIp } from '../ip-address';
import type { ApiObject } from '../meta';
import { dnsLabel, dnsSubdomain, portNumber } from '../names';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';

export type EndpointSlice = ApiObject<PublishedEndpointSlice>;

export const endpointSliceResource: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  shortNames: [],
  categories: [],
  namespaced: true,
};

const MAXIMUM_ENDPOINTS = 1000;
const MAXIMUM_ADDRESSES = 100;
const MAXIMUM_PORTS = 20000;
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];

function validateAddress(address: string, type: string, path: string): FieldError[] {
  if (type === 'FQDN') return dnsSubdomain(address).map((reason) => invalid(path, address, reason));
  const wrong = validateIpOfFamily(address, type, path);
  return wrong.length ? wrong : validateNonSpecialIp(address, path);
}

function validateEndpoint(endpoint: Endpoint, type: string, path: string): FieldError[] {
  const addresses = endpoint.addresses ?? [];
  const errors: FieldError[] = [];
  if (!addresses.length) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'));
  if (addresses.length > MAXIMUM_ADDRESSES) {
    errors.push(tooMany(`${path}.addresses`, addresses.length, MAXIMUM_ADDRESSES));
  }
  addresses.forEach((address, index) => {
    errors.push(...validateAddress(address, type, `${path}.addresses[${index}]`));
  });
  if (endpoint.hostname) {
    errors.push(...dnsLabel(endpoint.hostname).map((reason) => invalid(`${path}.hostname`, endpoint.hostname, reason)));
  }
  return errors;
}

function validatePort(port: EndpointPort, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (port.name) errors.push(...dnsLabel(port.name).map((reason) => invalid(`${path}.name`, port.name, reason)));
  if (port.port !== undefined) {
    errors.push(...portNumber(port.port).map((reason) => invalid(`${path}.port`, port.port, reason)));
  }
  if (!port.protocol) errors.push(required(`${path}.protocol`));
  else if (!PROTOCOLS.includes(port.protocol)) {
    errors.push(notSupported(`${path}.protocol`, port.protocol, PROTOCOLS));
  }
  return errors;
}

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  const names = new Set<string>();
  const errors = ports.length > MAXIMUM_PORTS ? [tooMany('ports', ports.length, MAXIMUM_PORTS)] : [];
  ports.forEach((port, index) => {
    const path = `ports[${index}]`;
    if (names.has(port.name ?? '')) errors.push(duplicate(`${path}.name`, port.name ?? ''));
    names.add(port.name ?? '');
    errors.push(...validatePort(port, path));
  });
  return errors;
}

function validateSlice({ addressType, endpoints, ports }: EndpointSlice): FieldError[] {
  if (!addressType) return [required('addressType')];
  if (!ADDRESS_TYPES.includes(addressType)) return [notSupported('addressType', addressType, ADDRESS_TYPES)];
  const list = endpoints ?? [];
  return [
    ...(list.length > MAXIMUM_ENDPOINTS ? [tooMany('endpoints', list.length, MAXIMUM_ENDPOINTS)] : []),
    ...list.flatMap((endpoint, index) => validateEndpoint(endpoint, addressType, `endpoints[${index}]`)),
    ...validatePorts(ports ?? []),
  ];
}

/** Row of the table: EndpointSlice. */
export const endpointSliceKind = /* @__PURE__ */ defineKind<EndpointSlice>({
  resource: endpointSliceResource,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column('AddressType', 'string', 'The type of address carried by this EndpointSlice.', (slice) => slice.addressType),
    column('Ports', 'string', 'The list of network ports exposed by each endpoint in this slice.', ({ ports }) =>
      firstFew(
        (ports ?? []).map(({ port }) => (port === undefined ? '*' : String(port))),
        '<unset>',
      ),
    ),
    column('Endpoints', 'string', 'A list of unique endpoints in this slice.', ({ endpoints }) =>
      firstFew(
        (endpoints ?? []).flatMap(({ addresses }) => addresses),
        '<unset>',
      ),
    ),
    ageColumn,
  ],
  applyDefaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= '';
      port.protocol ||= 'TCP';
    }
  },
  validate: validateSlice,
  validateUpdate: (slice, old) => immutable(slice.addressType, old.addressType, 'addressType'),
});
