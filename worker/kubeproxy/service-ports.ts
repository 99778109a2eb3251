/**
 * From Services and EndpointSlices to what the rules need: one entry per Service port with the endpoints traffic may go to.
 *
 * Pure, and the only place that knows the API's shapes; `rules.ts` knows only iptables.
 * https://kubernetes.io/docs/reference/networking/virtual-ips/
 */
import type { Service } from '../../helper/api/core/service';
import type { EndpointSlice } from '../../helper/api/discovery/endpoint-slice';

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  /** on this node */
  readonly isLocal: boolean;
}

export interface ServicePort {
  /** `namespace/name:port`, as Kubernetes' rule comments call it */
  readonly name: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly clusterIp: string;
  readonly port: number;
  /** 0: none */
  readonly nodePort: number;
  /** spec.externalIPs */
  readonly externalIps: readonly string[];
  /** addresses a load balancer has for the Service and leaves to the nodes to translate */
  readonly loadBalancerIps: readonly string[];
  /** who may use those; empty: everybody */
  readonly sourceRanges: readonly string[];
  /** seconds a client stays with its endpoint; 0: no affinity */
  readonly affinitySeconds: number;
  readonly balance: 'random' | 'roundrobin';
  readonly internalLocalOnly: boolean;
  readonly externalLocalOnly: boolean;
  /** 0: none; a load balancer asks there whether this node has endpoints */
  readonly healthCheckNodePort: number;
  /** those of the whole cluster, in a fixed order, so that equal states render equal rules */
  readonly endpoints: readonly Endpoint[];
  /** nodes with an endpoint, where outside traffic stays on its node; undefined: any node may take it */
  readonly endpointNodes?: readonly string[] | undefined;
  /** those of this node, for policies that keep traffic here; a terminating one may stand in only here */
  readonly localEndpoints: readonly Endpoint[];
}

/** What of the node matters to the choice of endpoints. */
export interface ProxyNode {
  readonly name: string;
  /** `topology.kubernetes.io/zone` of the node; undefined when it has none */
  readonly zone?: string | undefined;
}

/** Set by the classroom dialect from a Service's `strategy`. */
export const BALANCE_ANNOTATION = 'minik8s.io/service-strategy';
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

const DEFAULT_AFFINITY_SECONDS = 10_800;

interface Candidate extends Endpoint {
  readonly ready: boolean;
  readonly serving: boolean;
  /** zones whose clients should use it; undefined: it says nothing */
  readonly zones: readonly string[] | undefined;
}

/** Endpoints of one named port over all slices of a Service; a pod that stands in two slices counts once. */
function candidates(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: string,
  nodeName: string,
): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const port = slice.ports?.find(
      (candidate) => (candidate.name ?? '') === portName && (candidate.protocol ?? 'TCP') === protocol,
    );
    if (port?.port === undefined) continue;
    for (const { addresses, conditions, nodeName: onNode, hints } of slice.endpoints ?? []) {
      const ip = addresses[0];
      if (!ip) continue;
      const ready = conditions?.ready !== false;
      found.set(`${ip}:${port.port}`, {
        ip,
        port: port.port,
        isLocal: onNode === nodeName,
        ready,
        serving: conditions?.serving ?? ready,
        zones: hints?.forZones?.map(({ name }) => name),
      });
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, candidate]) => candidate);
}

/** Hints count only when every endpoint has one and some are for our zone; otherwise following them could lead nowhere. */
function byHints(ready: readonly Candidate[], zone: string | undefined): readonly Candidate[] {
  if (!zone || ready.some(({ zones = [] }) => zones.length === 0)) return ready;
  const near = ready.filter(({ zones }) => zones?.includes(zone));
  return near.length > 0 ? near : ready;
}

/** Ready ones; while there are none, those that still serve while they terminate. */
function usable(all: readonly Candidate[], zone?: string): Endpoint[] {
  const ready = all.filter((candidate) => candidate.ready);
  const chosen = ready.length > 0 ? byHints(ready, zone) : all.filter((candidate) => candidate.serving);
  return chosen.map(({ ip, port, isLocal }) => ({ ip, port, isLocal }));
}

function affinitySeconds(service: Service): number {
  if (service.spec?.sessionAffinity !== 'ClientIP') return 0;
  return service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
}

function nodesWithEndpoints(slices: readonly EndpointSlice[]): string[] {
  const ready = slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false);
  return [...new Set(ready.flatMap(({ nodeName }) => nodeName ?? []))];
}

/** Labels that tell the proxy to leave a Service to somebody else. */
const NOT_OURS = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];

function isOurs({ metadata, spec }: Service): boolean {
  const clusterIp = spec?.clusterIP ?? '';
  if (clusterIp === '' || clusterIp === 'None' || spec?.type === 'ExternalName') return false;
  return NOT_OURS.every((label) => metadata.labels?.[label] === undefined);
}

/** Of the other family, or stored before it was checked: one such rule would keep iptables from taking all the others. */
const isIpv4Range = (range: string): boolean => /^\d+(\.\d+){3}\/([12]?\d|3[0-2])$/.test(range);

/** A load balancer of mode Proxy delivers to the nodes itself: its address must not be short-cut here. */
function loadBalancerIps({ status }: Service): string[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  return ingress.flatMap(({ ip, ipMode }) => (ip && ipMode !== 'Proxy' ? [ip] : [])).sort();
}

/** Empty for headless and ExternalName Services: DNS alone serves those. */
export function servicePorts(service: Service, slices: readonly EndpointSlice[], node: ProxyNode): ServicePort[] {
  const { spec, metadata } = service;
  if (!spec || !isOurs(service)) return [];
  const forAll = {
    clusterIp: spec.clusterIP ?? '',
    externalIps: [...(spec.externalIPs ?? [])].sort(),
    loadBalancerIps: spec.type === 'LoadBalancer' ? loadBalancerIps(service) : [],
    sourceRanges: (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter(isIpv4Range),
    affinitySeconds: affinitySeconds(service),
    balance: metadata.annotations?.[BALANCE_ANNOTATION] === 'roundrobin' ? 'roundrobin' : 'random',
    internalLocalOnly: spec.internalTrafficPolicy === 'Local',
    externalLocalOnly: spec.externalTrafficPolicy === 'Local',
    healthCheckNodePort: spec.healthCheckNodePort ?? 0,
  } as const;
  const endpointNodes = forAll.externalLocalOnly ? nodesWithEndpoints(slices) : undefined;
  return (spec.ports ?? []).map((port): ServicePort => {
    const protocol = port.protocol ?? 'TCP';
    const all = candidates(slices, port.name ?? '', protocol, node.name);
    return {
      name: `${metadata.namespace}/${metadata.name}${port.name ? `:${port.name}` : ''}`,
      protocol: protocol.toLowerCase() as ServicePort['protocol'],
      port: port.port,
      nodePort: port.nodePort ?? 0,
      ...forAll,
      endpointNodes,
      endpoints: usable(all, node.zone),
      localEndpoints: usable(all.filter(({ isLocal }) => isLocal)),
    };
  });
}
