/**
 * EndpointSlices for Endpoints that a user wrote by hand: a Service without a selector has no other.
 *
 * kube-proxy and DNS read slices only, so the older object is copied into them, and the copies follow it.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#mirroring
 */
import { isIPv6 } from 'node:net';
import type { EndpointAddress, EndpointSubset } from 'kubernetes-types/core/v1';
import type { Endpoint, EndpointPort } from 'kubernetes-types/discovery/v1';
import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { Service } from '../../../helper/api/core/service';
import type { EndpointSlice } from '../../../helper/api/discovery/endpoint-slice';
import { sameJson } from '../../../helper/controller/same-json';
import { TRIGGER_TIME } from './reconcile-endpoints';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL, type SlicePlan } from './reconcile-slices';

export const MIRRORED_BY = 'endpointslicemirroring-controller.k8s.io';
const SKIP_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
/** Endpoints that are a lock of leader election stand for no Service. */
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
const NOT_COPIED = new Set([TRIGGER_TIME, 'kubectl.kubernetes.io/last-applied-configuration']);
/** Kubernetes' default of --mirroring-max-endpoints-per-subset */
const MAX_PER_SUBSET = 1000;

interface Mirror {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: EndpointPort[];
  readonly endpoints: Endpoint[];
}

/** A selector means that the pods are followed already. */
export function isMirrored(endpoints: Endpoints, service: Service | undefined): boolean {
  const { labels, annotations } = endpoints.metadata;
  return (
    service !== undefined &&
    service.spec?.selector === undefined &&
    labels?.[SKIP_LABEL] !== 'true' &&
    annotations?.[LEADER_ANNOTATION] === undefined
  );
}

function toEndpoint({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  };
}

const keyOf = (addressType: string, ports: readonly EndpointPort[] = []) =>
  JSON.stringify([addressType, ports.map(({ name, port, protocol }) => [name ?? '', port, protocol ?? 'TCP'])]);

/** Subsets by ports and address family; the same pair in two subsets is one. */
function mirrorsOf(subsets: readonly EndpointSubset[]): Map<string, Mirror> {
  const mirrors = new Map<string, Mirror>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const all = [
      ...addresses.map((address) => toEndpoint(address, true)),
      ...notReadyAddresses.map((address) => toEndpoint(address, false)),
    ];
    for (const endpoint of all.slice(0, MAX_PER_SUBSET)) {
      const addressType = isIPv6(endpoint.addresses[0] ?? '') ? 'IPv6' : 'IPv4';
      const key = keyOf(addressType, ports);
      const copied = ports.map(
        (port): EndpointPort => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' }),
      );
      const mirror = mirrors.get(key) ?? { addressType, ports: copied, endpoints: [] };
      mirror.endpoints.push(endpoint);
      mirrors.set(key, mirror);
    }
  }
  return mirrors;
}

function render(source: Endpoints, mirror: Mirror): EndpointSlice {
  const { name, namespace = '', uid = '', labels, annotations } = source.metadata;
  const copied = Object.entries(annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      // The api-server chooses the name from the prefix; the type wants one.
      name: '',
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: MIRRORED_BY },
      ...(copied.length > 0 ? { annotations: Object.fromEntries(copied) } : {}),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Endpoints', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    ...mirror,
  };
}

const saidBy = ({ metadata: { labels, annotations }, endpoints }: EndpointSlice) => ({
  labels: labels ?? {},
  annotations: annotations ?? {},
  endpoints,
});

/** `slices`: those mirrored from these Endpoints before. Endpoints that are gone, or not to be mirrored, have none. */
export function mirrorEndpoints(source: Endpoints | undefined, slices: readonly EndpointSlice[]): SlicePlan {
  const mirrors = mirrorsOf(source?.subsets ?? []);
  const plan = { create: [] as EndpointSlice[], update: [] as EndpointSlice[], delete: [] as EndpointSlice[] };
  for (const slice of slices) {
    const key = keyOf(slice.addressType, slice.ports);
    const mirror = mirrors.get(key);
    mirrors.delete(key);
    if (!source || !mirror) {
      plan.delete.push(slice);
      continue;
    }
    const wanted = render(source, mirror);
    if (sameJson(saidBy(slice), saidBy(wanted))) continue;
    const { labels = {}, annotations = {} } = wanted.metadata;
    plan.update.push({ ...slice, metadata: { ...slice.metadata, labels, annotations }, endpoints: mirror.endpoints });
  }
  if (source) plan.create.push(...[...mirrors.values()].map((mirror) => render(source, mirror)));
  return plan;
}
