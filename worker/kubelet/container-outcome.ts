/**
 * How a container's life ended and whether it gets another one: the restart policy, spelled out.
 *
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import type { ContainerStatus } from '../runtime/runtime';

/** Exit code the status shows when the runtime could not start the process at all. */
const CANNOT_START_EXIT_CODE = 128;

/** An init container with restartPolicy Always: runs beside the regular ones. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** Whether the pod has a sidecar of that name. */
export function isSidecarOf(pod: Pod, name: string): boolean {
  return (pod.spec?.initContainers ?? []).some((container) => container.name === name && isSidecar(container));
}

/** Ended, or never came to life: nothing of it runs and nothing will. */
export function hasEnded(container: ContainerStatus): boolean {
  return container.state === 'exited' || (container.state === 'created' && container.error !== undefined);
}

/** The code its status shows. */
export function exitCodeOf(container: ContainerStatus): number {
  if (container.exitCode !== undefined && container.exitCode !== 0) return container.exitCode;
  return container.error ? CANNOT_START_EXIT_CODE : (container.exitCode ?? 0);
}

export function hasSucceeded(container: ContainerStatus): boolean {
  return hasEnded(container) && exitCodeOf(container) === 0;
}

export function hasFailed(container: ContainerStatus): boolean {
  return hasEnded(container) && exitCodeOf(container) !== 0;
}

/** Whether the pod's restart policy gives this ended container another life. A merely created one was never finished: yes. */
export function restartsAfter(pod: Pod, container: ContainerStatus): boolean {
  if (!hasEnded(container)) return true;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && hasFailed(container));
}

/** All containers of the pod have run and none will run again, judged by the newest of each name. */
export function isFinished(pod: Pod, containers: readonly ContainerStatus[]): boolean {
  const newestOf = (name: string) => containers.find((each) => each.name === name);
  const failedInit = (pod.spec?.initContainers ?? []).some((container) => {
    const newest = newestOf(container.name);
    return !isSidecar(container) && newest && hasFailed(newest) && pod.spec?.restartPolicy === 'Never';
  });
  if (failedInit) return true;
  const regular = pod.spec?.containers ?? [];
  return (
    regular.length > 0 &&
    regular.every((container) => {
      const newest = newestOf(container.name);
      return newest !== undefined && hasEnded(newest) && !restartsAfter(pod, newest);
    })
  );
}
