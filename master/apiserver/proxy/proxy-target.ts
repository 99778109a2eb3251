/**
 * What a proxy request means: a port of a pod, one of the pods behind a Service, or a node's kubelet.
 * https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
 */
import type { EndpointAddress } from 'kubernetes-types/core/v1';
import { type Endpoints, endpointsResource } from '../../../helper/api/core/endpoints';
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { badRequest, notFound, unavailable } from '../../../helper/api/status-error';
import type { Registry } from '../registry';
import type { RequestInfo } from '../request-info';
import type { ServerServices } from '../server-services';
import type { KubeletTarget } from './kubelet-connection';
import { type ProxyName, parseProxyName } from './proxy-name';

/** A pod is reached through its node's kubelet, which surely has a way to it. */
interface PodPort {
  readonly kind: 'pod';
  readonly kubelet: KubeletTarget;
  readonly namespace: string;
  readonly name: string;
}

/** An address somebody wrote into Endpoints by hand, or another port of a node. */
interface PlainAddress {
  readonly kind: 'address';
}

interface KubeletItself {
  readonly kind: 'kubelet';
  readonly kubelet: KubeletTarget;
}

export type ProxyTarget = (PodPort | PlainAddress | KubeletItself) & {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
};

type Place = Pick<RequestInfo, 'namespace' | 'name' | 'resource'>;

const defaultPort = (scheme: 'http' | 'https') => (scheme === 'https' ? 443 : 80);

/** Finds it. Throws BadRequest, NotFound and ServiceUnavailable. */
export async function findProxyTarget(
  place: Place,
  registry: Registry,
  services: ServerServices,
): Promise<ProxyTarget> {
  const asked = parseProxyName(place.name);
  const what = place.resource.slice(0, -1);
  if (!asked) throw badRequest(`invalid ${what} request ${JSON.stringify(place.name)}`);
  const finder = new Finder(registry, services);
  if (place.resource === 'nodes') return await finder.node(asked);
  if (place.resource === 'pods') return await finder.pod(place.namespace, asked);
  return await finder.service(place.namespace, asked, place.name);
}

class Finder {
  constructor(
    private readonly registry: Registry,
    private readonly services: ServerServices,
  ) {}

  async node({ scheme, name, port }: ProxyName): Promise<ProxyTarget> {
    const cache = this.registry.cacheOf(nodeResource);
    await cache.waitUntilCurrent();
    const node = cache.get('', name)?.object as Node | undefined;
    if (!node) throw notFound(cache.kind, name);
    const kubelet = this.services.kubelet.targetOf(node, name);
    const { host } = kubelet;
    if (port === '' || Number(port) === kubelet.port) {
      return { kind: 'kubelet', kubelet, scheme: 'https', host, port: kubelet.port };
    }
    return { kind: 'address', scheme, host, port: portNumber(port) };
  }

  async pod(namespace: string, { scheme, name, port }: ProxyName): Promise<ProxyTarget> {
    const cache = this.registry.cacheOf(podResource);
    await cache.waitUntilCurrent();
    const pod = cache.get(namespace, name)?.object as Pod | undefined;
    if (!pod) throw notFound(cache.kind, name);
    const first = pod.spec?.containers.find(({ ports = [] }) => ports.length > 0)?.ports?.[0]?.containerPort;
    const number = port === '' ? (first ?? defaultPort(scheme)) : portNumber(port);
    const host = pod.status?.podIP ?? '';
    if (!host || !pod.spec?.nodeName) throw badRequest('address not allowed');
    return { ...this.podPort(pod, pod.spec.nodeName), scheme, host, port: number };
  }

  async service(namespace: string, { scheme, name, port }: ProxyName, asked: string): Promise<ProxyTarget> {
    const portName = await this.portNameOf(namespace, name, port);
    const cache = this.registry.cacheOf(endpointsResource);
    await cache.waitUntilCurrent();
    const endpoints = cache.get(namespace, name)?.object as Endpoints | undefined;
    if (!endpoints) throw notFound(cache.kind, name);
    const candidates = (endpoints.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
      const wanted = ports.find((one) => (one.name ?? '') === portName);
      return wanted ? addresses.map((address) => ({ address, port: wanted.port })) : [];
    });
    const chosen = candidates[Math.floor(Math.random() * candidates.length)];
    if (!chosen) throw unavailable(`no endpoints available for service ${JSON.stringify(asked)}`);
    return { ...this.reach(namespace, chosen.address), scheme, host: chosen.address.ip, port: chosen.port };
  }

  /** Endpoints know ports by name only. */
  private async portNameOf(namespace: string, name: string, port: string): Promise<string> {
    if (!/^\d+$/.test(port)) return port;
    const cache = this.registry.cacheOf(serviceResource);
    await cache.waitUntilCurrent();
    const service = cache.get(namespace, name)?.object as Service | undefined;
    if (!service) throw notFound(cache.kind, name);
    const found = service.spec?.ports?.find((one) => one.port === Number(port));
    if (!found) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
    return found.name ?? '';
  }

  private reach(namespace: string, { targetRef }: EndpointAddress): PodPort | PlainAddress {
    if (targetRef?.kind !== 'Pod' || !targetRef.name) return { kind: 'address' };
    const pod = this.registry.cacheOf(podResource).get(targetRef.namespace ?? namespace, targetRef.name)?.object as
      | Pod
      | undefined;
    return pod?.spec?.nodeName ? this.podPort(pod, pod.spec.nodeName) : { kind: 'address' };
  }

  private podPort({ metadata }: Pod, nodeName: string): PodPort {
    const node = this.registry.cacheOf(nodeResource).get('', nodeName)?.object as Node | undefined;
    const { namespace = '', name = '' } = metadata;
    return { kind: 'pod', kubelet: this.services.kubelet.targetOf(node, nodeName), namespace, name };
  }
}

/** Throws BadRequest. */
function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw badRequest(`invalid port ${JSON.stringify(text)}`);
}
