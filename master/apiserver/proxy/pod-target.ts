/**
 * Which kubelet and which container a log, exec or attach request means.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import { badRequest, notFound } from '../../../helper/api/status-error';
import type { Registry } from '../registry';
import type { RequestInfo } from '../request-info';
import type { ServerServices } from '../server-services';
import type { WatchCache } from '../watch/watch-cache';
import type { KubeletTarget } from './kubelet-connection';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

export interface PodTarget {
  readonly kubelet: KubeletTarget;
  readonly namespace: string;
  readonly pod: string;
  /** '' for portforward, which means the whole pod */
  readonly container: string;
}

/** The container asked for, or the only one, or the one the pod names as its default. Throws BadRequest. */
function chooseContainer(pod: Pod, asked: string): string {
  const { name, annotations } = pod.metadata;
  const names = (list: readonly { name: string }[] | undefined) => (list ?? []).map((container) => container.name);
  const containers = names(pod.spec?.containers);
  const initContainers = names(pod.spec?.initContainers);
  const all = [...initContainers, ...containers, ...names(pod.spec?.ephemeralContainers)];
  if (asked) {
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const preferred = annotations?.[DEFAULT_CONTAINER];
  if (preferred && all.includes(preferred)) return preferred;
  if (containers.length === 1 && containers[0]) return containers[0];
  const init = initContainers.length > 0 ? ` or one of the init containers: [${initContainers.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${init}`,
  );
}

/** Finds it all. Throws NotFound and BadRequest. */
export async function findPodTarget(
  registry: Registry,
  services: ServerServices,
  cache: WatchCache,
  { namespace, name, subresource, query }: RequestInfo,
): Promise<PodTarget> {
  await cache.waitUntilCurrent();
  const pod = cache.get(namespace, name)?.object as Pod | undefined;
  if (!pod) throw notFound(cache.kind, name);
  const container = subresource === 'portforward' ? '' : chooseContainer(pod, query.get('container') ?? '');
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const node = registry.cacheOf(nodeResource).get('', nodeName)?.object as Node | undefined;
  return { kubelet: services.kubelet.targetOf(node, nodeName), namespace, pod: name, container };
}
