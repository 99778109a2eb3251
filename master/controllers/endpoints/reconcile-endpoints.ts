/**
 * The older Endpoints object of a Service: all addresses in one object, ready and not ready apart.
 *
 * Terminating pods are left out, as in Kubernetes; EndpointSlices show them as terminating.
 * https://kubernetes.io/docs/concepts/services-networking/service/#endpoints
 */
import type { EndpointAddress, EndpointSubset } from 'kubernetes-types/core/v1';
import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import { type PodEndpoint, podEndpoint } from './pod-endpoint';

/** more addresses than this are cut off, and the annotation says so */
const MAX_ADDRESSES = 1000;
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
/** Only objects this controller wrote carry it; a user's own Endpoints never do. */
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

function toAddress({ address, pod, hostname }: PodEndpoint): EndpointAddress {
  return {
    ip: address,
    ...(hostname ? { hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: {
      kind: 'Pod',
      namespace: pod.metadata.namespace ?? '',
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? '',
    },
  };
}

function toSubsets(endpoints: readonly PodEndpoint[]): EndpointSubset[] {
  const groups = new Map<string, PodEndpoint[]>();
  for (const endpoint of [...endpoints].sort((a, b) => (a.address < b.address ? -1 : 1))) {
    const key = JSON.stringify(endpoint.ports);
    groups.set(key, [...(groups.get(key) ?? []), endpoint]);
  }
  return [...groups.values()].map((group) => {
    const ready = group.filter((endpoint) => endpoint.ready).map(toAddress);
    const notReady = group.filter((endpoint) => !endpoint.ready).map(toAddress);
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ports: (group[0]?.ports ?? []).map(({ name, ...port }) => ({ ...(name ? { name } : {}), ...port })),
    };
  });
}

/** The Endpoints to create or update, or undefined when `current` is right already. */
export function reconcileEndpoints(
  service: Service,
  pods: readonly Pod[],
  current: Endpoints | undefined,
  now: Date,
): Endpoints | undefined {
  const endpoints = pods
    .filter((pod) => !pod.metadata.deletionTimestamp || service.spec?.publishNotReadyAddresses === true)
    .flatMap((pod) => podEndpoint(service, pod) ?? []);
  const subsets = toSubsets(endpoints.slice(0, MAX_ADDRESSES));
  const labels = {
    ...service.metadata.labels,
    ...(service.spec?.clusterIP === 'None' ? { [HEADLESS_LABEL]: '' } : {}),
  };
  const { [OVER_CAPACITY]: wasOver, ...kept } = current?.metadata.annotations ?? {};
  const isOver = endpoints.length > MAX_ADDRESSES;
  const same =
    current !== undefined &&
    JSON.stringify(current.subsets ?? []) === JSON.stringify(subsets) &&
    JSON.stringify(current.metadata.labels ?? {}) === JSON.stringify(labels) &&
    isOver === (wasOver !== undefined);
  if (same) return undefined;
  const annotations = {
    ...kept,
    ...(isOver ? { [OVER_CAPACITY]: 'truncated' } : {}),
    [TRIGGER_TIME]: now.toISOString(),
  };
  const { name, namespace = '' } = service.metadata;
  const metadata = { ...(current?.metadata ?? { name, namespace }), labels, annotations };
  return { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets };
}
