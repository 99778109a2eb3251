/**
 * GET of NodeMetrics and PodMetrics, one or all: measured now, not stored, so there is no watch and no version.
 *
 * As with metrics-server, which this stands in for: a node whose kubelet is silent and a pod that does not run (yet) are left out of
 * lists and NotFound when asked for by name. Installing metrics-server itself takes the group version over (`aggregation/`).
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import type { NodeMetrics } from '../../../helper/api/metrics/node-metrics';
import type { PodMetrics } from '../../../helper/api/metrics/pod-metrics';
import { apiVersionOf } from '../../../helper/api/resource';
import { methodNotAllowed, notFound } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { sendPage } from '../rest/list';
import { sendObject } from '../rest/respond';
import { parseSelection, select } from '../rest/selection';
import { CachedObject } from '../watch/cached-object';
import type { WatchCache } from '../watch/watch-cache';
import { goDuration, type Span } from './usage-rates';

type Asked = Omit<ApiRequest, 'cache'>;

/** Names under which metrics-server speaks of what it does not have. */
const GROUP = 'metrics.k8s.io';
const MISSING = { nodes: { group: GROUP, plural: 'nodemetrics' }, pods: { group: GROUP, plural: 'podmetrics' } };

const seconds = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;

function headOf(kind: Kind, { metadata }: KubeObject, { end, windowMs }: Span) {
  const { name, namespace, labels } = metadata;
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      creationTimestamp: seconds(new Date()),
      ...(labels ? { labels } : {}),
    },
    timestamp: seconds(end),
    window: goDuration(windowMs),
  };
}

async function nodeMetrics({ kind, services }: Asked, node: Node): Promise<NodeMetrics[]> {
  const used = (await services.usage.usageOf(node.metadata.name))?.node;
  return used ? [{ ...headOf(kind, node, used), usage: used.usage }] : [];
}

async function podMetrics({ kind, services }: Asked, pod: Pod): Promise<PodMetrics[]> {
  const { metadata, spec, status } = pod;
  if (status?.phase !== 'Running' || !spec?.nodeName) return [];
  const used = (await services.usage.usageOf(spec.nodeName))?.pods.get(`${metadata.namespace}/${metadata.name}`);
  return used ? [{ ...headOf(kind, pod, used), containers: [...used.containers] }] : [];
}

const measure = (request: Asked, object: KubeObject): Promise<KubeObject[]> =>
  request.kind.namespaced ? podMetrics(request, object as Pod) : nodeMetrics(request, object as Node);

const encoded = (object: KubeObject) =>
  new CachedObject('', object.metadata.namespace ?? '', object.metadata.name, 0, Buffer.from(JSON.stringify(object)));

async function sendOne(request: Asked, cache: WatchCache): Promise<void> {
  const { namespace, name } = request.info;
  const object = cache.get(namespace, name)?.object;
  if (!object) throw notFound(cache.kind, name);
  const [metrics] = await measure(request, object);
  if (!metrics) {
    const [subject, called] = request.kind.namespaced ? [MISSING.pods, `${namespace}/${name}`] : [MISSING.nodes, name];
    throw notFound(subject, called);
  }
  sendObject(request, 200, encoded(metrics));
}

/** Answers 200; throws NotFound for what is not there or could not be measured. */
export async function handleMetrics(request: Asked): Promise<void> {
  const { info, kind, registry } = request;
  const isOne = info.verb === 'get' && info.name !== '';
  if (info.subresource || !(isOne || info.verb === 'list')) throw methodNotAllowed();
  const cache = registry.cacheOf(kind.namespaced ? podResource : nodeResource);
  await cache.whenReady();
  if (isOne) return await sendOne(request, cache);
  const chosen = select(cache, info.namespace, parseSelection(kind, info));
  const measured = await Promise.all(chosen.map(({ object }) => measure(request, object)));
  sendPage(request, { objects: measured.flat().map(encoded), revision: 0 });
}
