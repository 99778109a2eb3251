/**
 * The phase of a pod: Pending, Running, Succeeded or Failed, from its container statuses.
 *
 * A phase is a summary for humans and job controllers, not a state machine: it is computed anew every time.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
 */
import type { ContainerStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { isSidecar, isSidecarOf } from './container-outcome';

interface Counts {
  running: number;
  /** never began */
  waiting: number;
  /** ended, or waiting for the next life */
  stopped: number;
  succeeded: number;
}

/** `isEnded`: the kubelet or a deletion has ended all containers for good, so the restart policy no longer matters. */
export function podPhase(
  pod: Pod,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  isEnded: boolean,
): string {
  const sidecars = initStatuses.filter(({ name }) => isSidecarOf(pod, name));
  const isRunning = [...sidecars, ...statuses].some((status) => status.state?.running);
  if (isEnded && !isRunning) return 'Failed';
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const init = initProgress(pod, initStatuses);
  if (init === 'failed' && policy === 'Never') return 'Failed';
  const hasBegun = statuses.some(
    (status) => status.state?.running || status.state?.terminated || status.lastState?.terminated,
  );
  if (init !== 'done' && !hasBegun) return 'Pending';
  return phaseOf(counted(sidecars, statuses), policy, pod.metadata.deletionTimestamp !== undefined);
}

function initProgress(pod: Pod, statuses: readonly ContainerStatus[]): 'pending' | 'failed' | 'done' {
  let progress: 'pending' | 'done' = 'done';
  for (const container of pod.spec?.initContainers ?? []) {
    const status = statuses.find((each) => each.name === container.name);
    if (isSidecar(container)) {
      if (!status?.started && !status?.lastState?.terminated) progress = 'pending';
      continue;
    }
    const ended = status?.state?.terminated ?? endedBefore(status);
    if (ended && ended.exitCode !== 0) return 'failed';
    if (!ended) progress = 'pending';
  }
  return progress;
}

/** Sidecars that run keep a pod Running; how they end says nothing about it. */
function counted(sidecars: readonly ContainerStatus[], statuses: readonly ContainerStatus[]): Counts {
  const counts = { running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  for (const status of sidecars) {
    if (status.state?.running) counts.running += 1;
    else if (!status.state?.terminated && !status.lastState?.terminated) counts.waiting += 1;
  }
  for (const status of statuses) {
    const ended = status.state?.terminated ?? endedBefore(status);
    if (status.state?.running) counts.running += 1;
    else if (ended) counts.stopped += 1;
    else counts.waiting += 1;
    if (!status.state?.running && ended?.exitCode === 0) counts.succeeded += 1;
  }
  return counts;
}

function phaseOf({ running, waiting, stopped, succeeded }: Counts, policy: string, isDeleting: boolean): string {
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  const hasSucceeded = stopped === succeeded;
  if (isDeleting) return hasSucceeded ? 'Succeeded' : 'Failed';
  if (policy === 'Always') return 'Running';
  if (hasSucceeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** A container waiting for its next life counts as one that has ended, not as one that never began. */
function endedBefore(status: ContainerStatus | undefined) {
  return status?.state?.waiting ? status.lastState?.terminated : undefined;
}
