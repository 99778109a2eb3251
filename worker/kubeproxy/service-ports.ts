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
  /** further addresses it answers on from outside: externalIPs, load balancer addresses */
  readonly externalIps: readonly string[];
  /** seconds a client stays with its endpoint; 0: no affinity */
  readonly affinitySeconds: number;
  readonly balance: 'random' | 'roundrobin';
  readonly internalLocalOnly: boolean;
  readonly externalLocalOnly: boolean;
  /** in a fixed order, so that equal states render equal rules */
  readonly endpoints: readonly Endpoint[];
}

/** Set by the classroom dialect from a Service's `strategy`. */
export const BALANCE_ANNOTATION = 'minik8s.io/service-strategy';
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

const DEFAULT_AFFINITY_SECONDS = 10_800;

interface Candidate extends Endpoint {
  readonly ready: boolean;
  readonly serving: boolean;
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
    for (const { addresses, conditions, nodeName: onNode } of slice.endpoints) {
      const ip = addresses[0];
      if (!ip) continue;
      const ready = conditions?.ready !== false;
      found.set(`${ip}:${port.port}`, {
        ip,
        port: port.port,
        isLocal: onNode === nodeName,
        ready,
        serving: conditions?.serving ?? ready,
      });
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, candidate]) => candidate);
}

/** Ready ones; while a Service has none, those that still serve while they terminate. */
function usable(all: readonly Candidate[]): Endpoint[] {
  const ready = all.filter((candidate) => candidate.ready);
  const chosen = ready.length > 0 ? ready : all.filter((candidate) => candidate.serving);
  return chosen.map(({ ip, port, isLocal }) => ({ ip, port, isLocal }));
}

function affinitySeconds(service: Service): number {
  if (service.spec?.sessionAffinity !== 'ClientIP') return 0;
  return service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
}

/** Empty for headless and ExternalName Services: DNS alone serves those. */
export function servicePorts(service: Service, slices: readonly EndpointSlice[], nodeName: string): ServicePort[] {
  const { spec, metadata, status } = service;
  const clusterIp = spec?.clusterIP ?? '';
  if (!spec || clusterIp === '' || clusterIp === 'None' || spec.type === 'ExternalName') return [];
  const loadBalancerIps = (status?.loadBalancer?.ingress ?? []).flatMap((ingress) => ingress.ip ?? []);
  return (spec.ports ?? []).map((port): ServicePort => {
    const protocol = port.protocol ?? 'TCP';
    return {
      name: `${metadata.namespace}/${metadata.name}${port.name ? `:${port.name}` : ''}`,
      protocol: protocol.toLowerCase() as ServicePort['protocol'],
      clusterIp,
      port: port.port,
      nodePort: port.nodePort ?? 0,
      externalIps: [...new Set([...(spec.externalIPs ?? []), ...loadBalancerIps])].sort(),
      affinitySeconds: affinitySeconds(service),
      balance: metadata.annotations?.[BALANCE_ANNOTATION] === 'roundrobin' ? 'roundrobin' : 'random',
      internalLocalOnly: spec.internalTrafficPolicy === 'Local',
      externalLocalOnly: spec.externalTrafficPolicy === 'Local',
      endpoints: usable(candidates(slices, port.name ?? '', protocol, nodeName)),
    };
  });
}
