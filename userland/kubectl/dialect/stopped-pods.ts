/**
 * `stop pod` keeps the object; Kubernetes has no pod that exists and does not run. So a stopped pod is deleted, and its manifest
 * waits in a ConfigMap `stopped-pod-NAME` of its namespace until `start pod` makes the pod again or `remove pod` forgets it.
 * Every standard tool sees the truth: there is no such pod, and there is a ConfigMap that says why.
 */
import type { PodSpec, Volume } from 'kubernetes-types/core/v1';
import { type ConfigMap, configMapResource } from '../../../helper/api/core/config-map';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';

const STOPPED_LABEL = 'minik8s.io/stopped-pod';
const MANIFEST_KEY = 'pod.json';

const stoppedName = (pod: string) => `stopped-pod-${pod}`;

/** Added by admission to every pod; it will be added again. */
const isTokenVolume = ({ name }: Pick<Volume, 'name'>) => name.startsWith('kube-api-access-');

/** What is needed to make the pod again: without what server, scheduler and kubelet put in. Pure. */
export function manifestOf(pod: Pod): Pod {
  const { name, namespace, labels, annotations } = pod.metadata;
  const { nodeName: _, volumes, containers = [], ...rest } = pod.spec ?? { containers: [] };
  const withoutToken = (list: PodSpec['containers']) =>
    list.map((container) => ({
      ...container,
      ...(container.volumeMounts
        ? { volumeMounts: container.volumeMounts.filter((mount) => !isTokenVolume(mount)) }
        : {}),
    }));
  const spec: PodSpec = {
    ...rest,
    containers: withoutToken(containers),
    ...(rest.initContainers ? { initContainers: withoutToken(rest.initContainers) } : {}),
    ...(volumes ? { volumes: volumes.filter((volume) => !isTokenVolume(volume)) } : {}),
  };
  const metadata = {
    name,
    ...(namespace ? { namespace } : {}),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
  return { apiVersion: 'v1', kind: podResource.kind, metadata, spec };
}

/** Remembers the pod; to be called before it is deleted, so that nothing is lost in between. */
export async function rememberPod(client: ApiClient, pod: Pod): Promise<void> {
  const { name, namespace = '' } = pod.metadata;
  const configMap: ConfigMap = {
    apiVersion: 'v1',
    kind: configMapResource.kind,
    metadata: { name: stoppedName(name), namespace, labels: { [STOPPED_LABEL]: 'true' } },
    data: { [MANIFEST_KEY]: JSON.stringify(manifestOf(pod)) },
  };
  await forgetPod(client, namespace, name);
  await client.create(configMapResource, configMap);
}

/** true when there was something to forget */
export async function forgetPod(client: ApiClient, namespace: string, name: string): Promise<boolean> {
  try {
    await client.delete(configMapResource, namespace, stoppedName(name));
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** The manifests that wait. Damaged ones (edited by hand) are left out. */
export async function stoppedPods(client: ApiClient, namespace: string): Promise<Pod[]> {
  const { items } = await client.list(configMapResource, { namespace, labelSelector: STOPPED_LABEL });
  return items.flatMap((item) => {
    try {
      return [JSON.parse(item.data?.[MANIFEST_KEY] ?? '') as Pod];
    } catch {
      return [];
    }
  });
}
