/**
 * Endpoints: the addresses behind a Service, in one object; the older form of EndpointSlice.
 * https://kubernetes.io/docs/concepts/services-networking/service/#endpoints
 */
import type { EndpointPort, EndpointSubset, Endpoints as PublishedEndpoints } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid, notSupported, required } from '../field-error';
import { validateIp, validateNonSpecialIp } from '../ip-address';
import type { ApiObject } from '../meta';
import { dnsLabel, portNumber } from '../names';
import type { Resource } from '../resource';

export type Endpoints = ApiObject<PublishedEndpoints>;

export const endpointsResource: Resource<Endpoints> = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  categories: [],
  namespaced: true,
};

/** Transport protocols of ports, in the order Kubernetes lists them. */
export const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];
const SHOWN_AT_MOST = 3;

/** The first three of a list, and how many more there are: `a,b,c + 2 more...`. Shared with EndpointSlice. */
export function firstFew(items: readonly string[], whenEmpty: string): string {
  if (!items.length) return whenEmpty;
  const shown = items.slice(0, SHOWN_AT_MOST).join(',');
  return items.length > SHOWN_AT_MOST ? `${shown} + ${items.length - SHOWN_AT_MOST} more...` : shown;
}

function addressesOf({ addresses = [], ports = [] }: EndpointSubset): string[] {
  if (!ports.length) return addresses.map(({ ip }) => ip);
  return ports.flatMap(({ port }) =>
    addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
  );
}

function validatePort(port: EndpointPort, needsName: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (needsName && !port.name) errors.push(required(`${path}.name`));
  else if (port.name) errors.push(...dnsLabel(port.name).map((reason) => invalid(`${path}.name`, port.name, reason)));
  errors.push(...portNumber(port.port).map((reason) => invalid(`${path}.port`, port.port, reason)));
  if (!port.protocol) errors.push(required(`${path}.protocol`));
  else if (!PROTOCOLS.includes(port.protocol)) {
    errors.push(notSupported(`${path}.protocol`, port.protocol, PROTOCOLS));
  }
  return errors;
}

function validateSubset(subset: EndpointSubset, path: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const errors: FieldError[] = [];
  if (!addresses.length && !notReadyAddresses.length) {
    errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
  }
  for (const [list, entries] of Object.entries({ addresses, notReadyAddresses })) {
    entries.forEach(({ ip }, index) => {
      const field = `${path}.${list}[${index}].ip`;
      const wrong = validateIp(ip ?? '', field);
      errors.push(...(wrong.length ? wrong : validateNonSpecialIp(ip, field)));
    });
  }
  ports.forEach((port, index) => {
    errors.push(...validatePort(port, ports.length > 1, `${path}.ports[${index}]`));
  });
  return errors;
}

/** Row of the table: Endpoints. */
export const endpointsKind = /* @__PURE__ */ defineKind<Endpoints>({
  resource: endpointsResource,
  schema: 'io.k8s.api.core.v1.Endpoints',
  createdByUpdate: true,
  columns: () => [
    nameColumn,
    column('Endpoints', 'string', 'The set of all endpoints is the union of all subsets.', ({ subsets }) =>
      firstFew((subsets ?? []).flatMap(addressesOf), '<none>'),
    ),
    ageColumn,
  ],
  applyDefaults({ subsets }) {
    for (const port of (subsets ?? []).flatMap(({ ports }) => ports ?? [])) port.protocol ||= 'TCP';
  },
  validate: ({ subsets }) => (subsets ?? []).flatMap((subset, index) => validateSubset(subset, `subsets[${index}]`)),
});
