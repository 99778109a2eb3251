/**
 * From a pod to what stands behind a Service: its address, its state, and the port numbers the Service's ports mean on it.
 *
 * A pod that is being deleted is never ready, but may still serve while it drains.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
 */
import type { ServicePort } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';

export interface ResolvedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

export interface PodEndpoint {
  readonly pod: Pod;
  readonly address: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** set when the pod asks for a DNS name of its own under this (headless) Service */
  readonly hostname: string | undefined;
  readonly ports: readonly ResolvedPort[];
}

function isPodReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** The number a Service port means on this pod; undefined when it names a port the pod does not have. */
function targetNumber(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always'),
  ];
  for (const container of containers) {
    const found = container.ports?.find(
      (candidate) => candidate.name === target && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (found) return found.containerPort;
  }
  return undefined;
}

function resolvePorts(service: Service, pod: Pod): ResolvedPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetNumber(port, pod);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? '',
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      },
    ];
  });
}

/** undefined when the pod cannot stand behind the Service: it has no address yet, or has ended. */
export function podEndpoint(service: Service, pod: Pod): PodEndpoint | undefined {
  const address = pod.status?.podIP;
  if (!address || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return undefined;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isPodReady(pod) || service.spec?.publishNotReadyAddresses === true;
  return {
    pod,
    address,
    ready: (serving && !terminating) || service.spec?.publishNotReadyAddresses === true,
    serving,
    terminating,
    hostname: pod.spec?.subdomain === service.metadata.name ? pod.spec?.hostname : undefined,
    ports: resolvePorts(service, pod),
  };
}
