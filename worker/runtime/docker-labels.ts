/**
 * How pods are found again among Docker's containers: names and labels.
 *
 * Names are those dockershim gave, so that `docker ps` reads as students know it. Labels are the truth: `io.minik8s/cluster` and
 * `/node` keep two clusters on one Docker from seeing each other; the others let a restarted kubelet adopt what runs.
 */
import type { ContainerConfig, PodIdentity, SandboxConfig } from './runtime';

export const LABEL = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
  type: 'io.kubernetes.docker.type',
  sandboxId: 'io.kubernetes.sandbox.id',
  cluster: 'io.minik8s/cluster',
  node: 'io.minik8s/node',
  attempt: 'io.minik8s/attempt',
  specHash: 'io.minik8s/spec-hash',
  sharePid: 'io.minik8s/share-pid',
} as const;

/** Which cluster's and node's containers are ours. */
export interface Ownership {
  readonly clusterId: string;
  readonly nodeName: string;
}

export type Labels = Readonly<Record<string, string>>;

/** Name of the pause container in names and labels, as Kubernetes had it. */
const SANDBOX_CONTAINER = 'POD';

export function containerName(container: string, pod: PodIdentity, attempt: number): string {
  return ['k8s', container, pod.name, pod.namespace, pod.uid, attempt].join('_');
}

export function sandboxName(config: SandboxConfig): string {
  return containerName(SANDBOX_CONTAINER, config.pod, config.attempt);
}

function podLabels(pod: PodIdentity, owner: Ownership): Record<string, string> {
  return {
    [LABEL.podName]: pod.name,
    [LABEL.podNamespace]: pod.namespace,
    [LABEL.podUid]: pod.uid,
    [LABEL.cluster]: owner.clusterId,
    [LABEL.node]: owner.nodeName,
  };
}

/** Ours come last: a pod's own labels cannot pass for them. */
export function sandboxLabels(config: SandboxConfig, owner: Ownership): Record<string, string> {
  return {
    ...config.labels,
    ...podLabels(config.pod, owner),
    [LABEL.containerName]: SANDBOX_CONTAINER,
    [LABEL.type]: 'podsandbox',
    ...(config.sharePid ? { [LABEL.sharePid]: '1' } : {}),
    [LABEL.attempt]: `${config.attempt}`,
  };
}

export function containerLabels(
  config: ContainerConfig,
  sandbox: { readonly id: string; readonly pod: PodIdentity },
  owner: Ownership,
): Record<string, string> {
  return {
    ...config.labels,
    ...podLabels(sandbox.pod, owner),
    [LABEL.containerName]: config.name,
    [LABEL.type]: 'container',
    [LABEL.sandboxId]: sandbox.id,
    [LABEL.attempt]: `${config.attempt}`,
    [LABEL.specHash]: config.specHash,
  };
}

/** Docker's label filter for everything of this cluster and node. */
export function ownedFilter(owner: Ownership): string[] {
  return [`${LABEL.cluster}=${owner.clusterId}`, `${LABEL.node}=${owner.nodeName}`];
}

export function isSandbox(labels: Labels): boolean {
  return labels[LABEL.type] === 'podsandbox';
}

export function podOf(labels: Labels): PodIdentity {
  return {
    uid: labels[LABEL.podUid] ?? '',
    namespace: labels[LABEL.podNamespace] ?? '',
    name: labels[LABEL.podName] ?? '',
  };
}

export function attemptOf(labels: Labels): number {
  return Number(labels[LABEL.attempt] ?? 0);
}
