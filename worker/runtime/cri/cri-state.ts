/**
 * From what a CRI runtime says of sandboxes and containers to the runtime's status. Pure.
 *
 * What Kubernetes knows and the interface does not (pod, attempt, spec hash) is in labels, as with Docker. The process id is in the
 * runtime's extra information, which is its own business: containerd and CRI-O both name it `pid`.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
 */
import { attemptOf, LABEL, podOf } from '../docker-labels';
import type { ContainerState, ContainerStatus, ImageStatus, SandboxStatus } from '../runtime';
import type { CriContainerState, CriContainerStatus, CriImage, CriSandboxStatus, Texts } from './cri-api';
import { ANNOTATION, sandboxConfigIn } from './cri-config';

const STATES: Readonly<Record<CriContainerState, ContainerState>> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
};

/** The runtime's reason for a container that never ran. */
const START_FAILED = 'StartError';

export function dateOfNanoseconds(nanoseconds: number): Date | undefined {
  return nanoseconds > 0 ? new Date(nanoseconds / 1e6) : undefined;
}

/** The process id in the extra information of a status; undefined where the runtime tells none, or nothing runs. */
export function pidIn(info: Texts): number | undefined {
  try {
    const { pid } = JSON.parse(info['info'] ?? '{}') as { pid?: unknown };
    return typeof pid === 'number' && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function containerStatusOf(status: CriContainerStatus, info: Texts): ContainerStatus {
  const { labels, reason } = status;
  const state = STATES[status.state];
  const pid = state === 'running' ? pidIn(info) : undefined;
  const createdAt = dateOfNanoseconds(status.createdAt) ?? new Date(0);
  const startedAt = dateOfNanoseconds(status.startedAt) ?? (state === 'exited' ? createdAt : undefined);
  return {
    id: status.id,
    sandboxId: labels[LABEL.sandboxId] ?? '',
    pod: podOf(labels),
    name: labels[LABEL.containerName] ?? status.metadata.name,
    attempt: attemptOf(labels),
    specHash: labels[LABEL.specHash] ?? '',
    state,
    image: status.annotations[ANNOTATION.image] ?? '',
    imageId: status.imageRef,
    createdAt,
    ...(startedAt ? { startedAt } : {}),
    ...(state === 'exited'
      ? { finishedAt: dateOfNanoseconds(status.finishedAt) ?? createdAt, exitCode: status.exitCode }
      : {}),
    oomKilled: state === 'exited' && reason === 'OOMKilled',
    ...(reason === START_FAILED && status.message ? { error: status.message, errorReason: START_FAILED } : {}),
    ...(pid === undefined ? {} : { pid }),
    labels,
  };
}

export function sandboxStatusOf(status: CriSandboxStatus, info: Texts): SandboxStatus {
  const { labels } = status;
  const isReady = status.state === 'SANDBOX_READY';
  const hostNetwork = sandboxConfigIn(status.annotations)?.hostNetwork ?? false;
  const pid = isReady ? pidIn(info) : undefined;
  return {
    id: status.id,
    pod: podOf(labels),
    attempt: attemptOf(labels),
    state: isReady ? 'ready' : 'notReady',
    ip: isReady && !hostNetwork ? (status.network?.ip ?? '') : '',
    createdAt: dateOfNanoseconds(status.createdAt) ?? new Date(0),
    ...(pid === undefined ? {} : { pid }),
    hostNetwork,
    labels,
  };
}

/** An image without a digest came from no registry (`images build`, `images load`), and from none it would come again. */
export function imageStatusOf({ id, repoTags, repoDigests, size, uid, username, pinned }: CriImage): ImageStatus {
  return {
    id,
    tags: repoTags,
    digests: repoDigests,
    sizeBytes: size,
    user: uid ? String(uid.value) : username,
    ...(pinned || repoDigests.length === 0 ? { isPinned: true } : {}),
  };
}
