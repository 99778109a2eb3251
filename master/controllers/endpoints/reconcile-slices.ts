/**
 * Which EndpointSlices a Service should have, and what to write so that it has them.
 *
 * Endpoints with the same resolved ports share slices of at most 100. Existing slices keep what is still right: an endpoint
 * stays in its slice, a new one fills the first slice with room, so a change of one pod rewrites one slice.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
import type { Endpoint } from 'kubernetes-types/discovery/v1';
import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import { type EndpointSlice, endpointSliceResource } from '../../../helper/api/discovery/endpoint-slice';
import type { Write } from '../../../helper/controller/controller';
import { type PodEndpoint, podEndpoint, type ResolvedPort } from './pod-endpoint';
import { topologyHints, zoneOf } from './topology-hints';

export const MANAGED_BY = 'endpointslice-controller.k8s.io';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
/** Kubernetes' default of --max-endpoints-per-slice */
export const MAX_ENDPOINTS = 100;

export interface SlicePlan {
  /** why a Service that asks for topology hints has none */
  readonly problem?: string | undefined;
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly delete: readonly EndpointSlice[];
}

function toEndpoint(
  { pod, address, ready, serving, terminating, hostname }: PodEndpoint,
  zone: string | undefined,
  hint: string | undefined,
): Endpoint {
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hint ? { hints: { forZones: [{ name: hint }] } } : {}),
    ...(hostname ? { hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: {
      kind: 'Pod',
      namespace: pod.metadata.namespace ?? '',
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? '',
    },
    ...(zone ? { zone } : {}),
  };
}

const portsKey = (ports: readonly ResolvedPort[]) =>
  JSON.stringify(ports.map((port) => [port.name, port.port, port.protocol, port.appProtocol]));
const slicePortsKey = (slice: EndpointSlice) =>
  JSON.stringify(
    (slice.ports ?? []).map((port) => [port.name ?? '', port.port, port.protocol ?? 'TCP', port.appProtocol]),
  );
const endpointKey = (endpoint: Endpoint) => endpoint.targetRef?.uid ?? endpoint.addresses[0] ?? '';

function sliceLabels(service: Service): Record<string, string> {
  const own = Object.fromEntries(
    Object.entries(service.metadata.labels ?? {}).filter(([key]) => key !== HEADLESS_LABEL),
  );
  return {
    ...own,
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: MANAGED_BY,
    ...(service.spec?.clusterIP === 'None' ? { [HEADLESS_LABEL]: '' } : {}),
  };
}

function newSlice(service: Service, ports: readonly ResolvedPort[], endpoints: Endpoint[]): EndpointSlice {
  const { name, namespace = '', uid = '' } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      // The api-server chooses the name from the prefix; the type wants one.
      name: '',
      generateName: `${name}-`,
      namespace,
      labels: sliceLabels(service),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: 'IPv4',
    endpoints,
    ports: ports.map((port) => ({ ...port })),
  };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Keys in one order, so that equal labels compare equal. */
const sortedEntries = (labels: Readonly<Record<string, string>> | undefined) =>
  Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** Fits the wanted endpoints of one port group into its existing slices. */
function fitGroup(
  service: Service,
  ports: readonly ResolvedPort[],
  wanted: Map<string, Endpoint>,
  existing: readonly EndpointSlice[],
): SlicePlan {
  const labels = sliceLabels(service);
  const kept = existing.map((slice) => {
    const endpoints: Endpoint[] = [];
    for (const endpoint of slice.endpoints) {
      const current = wanted.get(endpointKey(endpoint));
      if (!current || endpoints.length >= MAX_ENDPOINTS) continue;
      endpoints.push(current);
      wanted.delete(endpointKey(endpoint));
    }
    return { slice, endpoints };
  });
  const left = [...wanted.values()];
  for (const { endpoints } of kept) endpoints.push(...left.splice(0, MAX_ENDPOINTS - endpoints.length));
  const create: EndpointSlice[] = [];
  while (left.length > 0) create.push(newSlice(service, ports, left.splice(0, MAX_ENDPOINTS)));
  // One empty slice says "no endpoints" as well as several.
  const filled = kept.filter(({ endpoints }) => endpoints.length > 0);
  const remaining = filled.length > 0 || create.length > 0 ? filled : kept.slice(0, 1);
  return {
    create,
    update: remaining
      .filter(
        ({ slice, endpoints }) =>
          !same(endpoints, slice.endpoints) || !same(sortedEntries(slice.metadata.labels), sortedEntries(labels)),
      )
      .map(({ slice, endpoints }) => ({ ...slice, metadata: { ...slice.metadata, labels }, endpoints })),
    delete: kept.filter((entry) => !remaining.includes(entry)).map(({ slice }) => slice),
  };
}

const uidOf = ({ pod, address }: PodEndpoint) => pod.metadata.uid ?? address;

/** What stands behind the Service, with the zone of each node and the zones it is meant for. */
function placedEndpoints(service: Service, pods: readonly Pod[], nodes: readonly Node[]) {
  const zones = new Map(nodes.map((node) => [node.metadata.name, zoneOf(node)]));
  const found = pods.flatMap((pod) => {
    const endpoint = podEndpoint(service, pod);
    return endpoint ? [{ endpoint, zone: zones.get(pod.spec?.nodeName ?? '') }] : [];
  });
  const ready = found.filter(({ endpoint }) => endpoint.ready);
  const hints = topologyHints(
    service,
    ready.map(({ endpoint, zone }) => ({ uid: uidOf(endpoint), zone })),
    nodes,
  );
  return { found, hints };
}

/**
 * `pods`: those the Service selects. `slices`: those this controller made for the Service. `nodes` say in which zone a pod runs. The
 * answer's `problem` says why there are no topology hints although the Service asks for them.
 */
export function reconcileSlices(
  service: Service,
  pods: readonly Pod[],
  slices: readonly EndpointSlice[],
  nodes: readonly Node[] = [],
): SlicePlan {
  const groups = new Map<string, { ports: readonly ResolvedPort[]; endpoints: Map<string, Endpoint> }>();
  const { found, hints } = placedEndpoints(service, pods, nodes);
  for (const { endpoint, zone } of found) {
    const key = portsKey(endpoint.ports);
    const group = groups.get(key) ?? { ports: endpoint.ports, endpoints: new Map<string, Endpoint>() };
    const uid = uidOf(endpoint);
    group.endpoints.set(uid, toEndpoint(endpoint, zone, hints.zoneOf.get(uid)));
    groups.set(key, group);
  }
  const plans = [...groups].map(([key, { ports, endpoints }]) =>
    fitGroup(
      service,
      ports,
      endpoints,
      slices.filter((slice) => slicePortsKey(slice) === key),
    ),
  );
  const orphaned = slices.filter((slice) => !groups.has(slicePortsKey(slice)));
  if (groups.size > 0)
    return { ...merge([...plans, { create: [], update: [], delete: orphaned }]), problem: hints.problem };
  // Nothing stands behind the Service: one slice remains and says so.
  const [placeholder, ...surplus] = orphaned;
  if (!placeholder) return { create: [newSlice(service, [], [])], update: [], delete: [] };
  return merge([fitGroup(service, [], new Map(), [placeholder]), { create: [], update: [], delete: surplus }]);
}

function merge(plans: readonly SlicePlan[]): SlicePlan {
  return {
    create: plans.flatMap((plan) => plan.create),
    update: plans.flatMap((plan) => plan.update),
    delete: plans.flatMap((plan) => plan.delete),
  };
}

/** Additions before removals: an endpoint that moves between slices is never missing from both. */
export function sliceWrites(plan: SlicePlan): Write[][] {
  return [
    [
      ...plan.create.map((object): Write => ({ verb: 'create', resource: endpointSliceResource, object })),
      ...plan.update.map((object): Write => ({ verb: 'update', resource: endpointSliceResource, object })),
    ],
    plan.delete.map((object): Write => ({ verb: 'delete', resource: endpointSliceResource, object })),
  ];
}
