/**
 * The phase of a pod: Pending, Running, Succeeded or Failed, from its container statuses.
 *
 * A phase is a summary for humans and job controllers, not a state machine: it is computed anew every time.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
 */
import type { ContainerStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { isSidecar } from './container-outcome';

/** `isEnded`: the kubelet or a deletion has ended all containers for good, so the restart policy no longer matters. */
export function podPhase(
  pod: Pod,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  isEnded: boolean,
): string {
  if (isEnded && statuses.every((status) => !status.state?.running)) return 'Failed';
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const init = initProgress(pod, initStatuses);
  if (init === 'failed' && policy === 'Never') return 'Failed';
  const started = statuses.some(
    (status) => status.state?.running || status.state?.terminated || status.lastState?.terminated,
  );
  if (init !== 'done' && !started) return 'Pending';
  return phaseOfContainers(statuses, policy, pod.metadata.deletionTimestamp !== undefined);
}

function initProgress(pod: Pod, statuses: readonly ContainerStatus[]): 'pending' | 'failed' | 'done' {
  for (const container of pod.spec?.initContainers ?? []) {
    const status = statuses.find((each) => each.name === container.name);
    if (isSidecar(container)) {
      if (!status?.started) return 'pending';
      continue;
    }
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (!ended) return 'pending';
    if (ended.exitCode !== 0) return 'failed';
  }
  return 'done';
}

function phaseOfContainers(statuses: readonly ContainerStatus[], policy: string, isDeleting: boolean): string {
  const ended = statuses.map((status) => status.state?.terminated ?? endedBefore(status)).filter((state) => state);
  const running = statuses.filter((status) => status.state?.running).length;
  const waiting = statuses.length - running - ended.length;
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  const succeeded = ended.every((state) => state?.exitCode === 0);
  if (isDeleting) return succeeded ? 'Succeeded' : 'Failed';
  if (policy === 'Always') return 'Running';
  if (succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** A container waiting for its next life counts as one that has ended, not as one that never began. */
function endedBefore(status: ContainerStatus) {
  return status.state?.waiting ? status.lastState?.terminated : undefined;
}
