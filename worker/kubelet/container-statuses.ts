/**
 * containerStatuses of a pod: for each container of the spec its present state, its last state, and its counters.
 *
 * Pure. The newest container of a name is the present one; while the next life is being held back (CrashLoopBackOff) the
 * state is `waiting` and the ended life moves to lastState.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
 */
import type {
  ContainerStatus as ApiContainerStatus,
  Container,
  ContainerState,
  EphemeralContainer,
  PodStatus,
} from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import type { ContainerStatus } from '../runtime/runtime';
import { toTime } from './api-time';
import { exitCodeOf, hasEnded, hasSucceeded, isSidecar } from './container-outcome';

/** Largest termination message in a status, in characters. */
const MAX_MESSAGE_LENGTH = 4096;

export interface Waiting {
  readonly reason: string;
  readonly message?: string;
}

export interface ContainerFacts {
  readonly pod: Pod;
  readonly previous: PodStatus | undefined;
  readonly sandboxId: string | undefined;
  readonly containers: readonly ContainerStatus[];
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly isReady: (containerId: string) => boolean;
  readonly isStarted: (containerId: string) => boolean;
  readonly terminationMessages: ReadonlyMap<string, string>;
  readonly runtimeName: string;
}

/** One status per container of the spec, sorted by name as Kubernetes does (init containers: in order of the spec). */
export function containerStatusesOf(
  facts: ContainerFacts,
  containers: readonly Container[],
  isInit: boolean,
): ApiContainerStatus[] {
  const statuses = containers.map((container) => ({
    ...statusOf(facts, container, isInit),
    ...volumeMountsOf(container),
  }));
  return isInit ? statuses : statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is mounted where; of read-only mounts also whether that goes for mounts below them, which Docker does not promise. */
function volumeMountsOf({ volumeMounts = [] }: Pick<Container, 'volumeMounts'>) {
  if (volumeMounts.length === 0) return {};
  return {
    volumeMounts: volumeMounts.map(({ mountPath, name, readOnly }) => ({
      mountPath,
      name,
      ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    })),
  };
}

/** Statuses of ephemeral containers, in order of the spec. They are never ready: nothing is sent to them. */
export function ephemeralStatusesOf(
  facts: ContainerFacts,
  containers: readonly EphemeralContainer[],
): ApiContainerStatus[] {
  return containers.map((container) => {
    const { started: _started, ...status } = statusOf(facts, container, false);
    return { ...status, ready: false, ...volumeMountsOf(container) };
  });
}

function statusOf(facts: ContainerFacts, container: Container, isInit: boolean): ApiContainerStatus {
  const own = facts.containers.filter((each) => each.name === container.name);
  const [newest] = own;
  const before = previousOf(facts, container.name);
  const waiting = facts.waiting.get(container.name);
  if (!newest) return unseenStatus(facts, container, before, waiting);

  const isWaiting = newest.state !== 'running' && waiting !== undefined;
  const state = isWaiting ? { waiting } : stateOf(facts, newest);
  const ended = isWaiting ? (hasEnded(newest) ? newest : undefined) : own.slice(1).find(hasEnded);
  const kept = before?.restartCount === newest.attempt ? before.lastState : (lastOf(before) ?? before?.lastState);
  const lastState = ended ? { terminated: terminatedOf(facts, ended) } : newest.attempt > 0 ? (kept ?? {}) : {};
  const isRunning = newest.state === 'running';
  return {
    name: container.name,
    state,
    lastState,
    ready: isInit && !isSidecar(container) ? hasSucceeded(newest) : isRunning && facts.isReady(newest.id),
    started: isRunning && facts.isStarted(newest.id),
    restartCount: newest.attempt,
    image: newest.image,
    imageID: newest.imageId,
    containerID: idOf(newest, facts),
    ...userOf(newest, before, facts),
    ...mountStatuses(container),
  };
}

/** `docker://…`: whose it is, and what that one calls it. */
function idOf({ id, runtimeName }: ContainerStatus, facts: ContainerFacts): string {
  return `${runtimeName ?? facts.runtimeName}://${id}`;
}

/** Whom the container runs as, younger than the published types; a container that has ended keeps what was seen of it. */
function userOf(newest: ContainerStatus, before: ApiContainerStatus | undefined, facts: ContainerFacts): object {
  if (newest.user) return { user: { linux: newest.user } };
  const { user, containerID } = (before ?? {}) as { user?: object; containerID?: string };
  return user && containerID === idOf(newest, facts) ? { user } : {};
}

/** How the volumes are mounted, and whether what is mounted below them is read-only too. */
function mountStatuses({ volumeMounts = [] }: Container): Pick<ApiContainerStatus, 'volumeMounts'> {
  if (volumeMounts.length === 0) return {};
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly, recursiveReadOnly = 'Disabled' }) => ({
      name,
      mountPath,
      // What was asked for `IfPossible` is not known to have been possible.
      ...(readOnly ? { readOnly, recursiveReadOnly: recursiveReadOnly === 'Enabled' ? 'Enabled' : 'Disabled' } : {}),
    })),
  };
}

/** Nothing of that name is in the runtime: not started yet, or removed behind the kubelet's back. */
function unseenStatus(
  facts: ContainerFacts,
  container: Container,
  before: ApiContainerStatus | undefined,
  waiting: Waiting | undefined,
): ApiContainerStatus {
  const base = { name: container.name, ready: false, started: false, image: container.image ?? '', imageID: '' };
  const isEnding = facts.pod.metadata.deletionTimestamp !== undefined;
  if (before?.state?.terminated) return { ...before, ready: before.ready && before.state.terminated.exitCode === 0 };
  if (before?.state?.running) {
    const terminated = {
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      exitCode: 137,
      ...(before.containerID ? { containerID: before.containerID } : {}),
    };
    if (isEnding) return { ...before, ready: false, started: false, state: { terminated } };
    return { ...before, ...base, state: { waiting: waiting ?? creating(facts.pod) }, lastState: { terminated } };
  }
  return {
    ...base,
    state: { waiting: waiting ?? creating(facts.pod) },
    lastState: before?.lastState ?? {},
    restartCount: before?.restartCount ?? 0,
    ...(before?.containerID ? { containerID: before.containerID } : {}),
  };
}

function creating(pod: Pod): Waiting {
  return { reason: (pod.spec?.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating' };
}

function previousOf({ previous }: ContainerFacts, name: string): ApiContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = previous ?? {};
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  return all.find((status) => status.name === name);
}

function lastOf(before: ApiContainerStatus | undefined): ContainerState | undefined {
  return before?.state?.terminated ? { terminated: before.state.terminated } : undefined;
}

function stateOf(facts: ContainerFacts, container: ContainerStatus): ContainerState {
  if (container.state === 'running')
    return { running: { startedAt: toTime(container.startedAt ?? container.createdAt) } };
  if (hasEnded(container)) return { terminated: terminatedOf(facts, container) };
  return { waiting: creating(facts.pod) };
}

function terminatedOf(facts: ContainerFacts, container: ContainerStatus): NonNullable<ContainerState['terminated']> {
  const exitCode = exitCodeOf(container);
  const message = facts.terminationMessages.get(container.id) || container.error;
  return {
    exitCode,
    reason: reasonOf(container, exitCode),
    ...(message ? { message: message.slice(-MAX_MESSAGE_LENGTH) } : {}),
    ...(container.startedAt ? { startedAt: toTime(container.startedAt) } : {}),
    finishedAt: toTime(container.finishedAt ?? container.createdAt),
    containerID: idOf(container, facts),
  };
}

function reasonOf(container: ContainerStatus, exitCode: number): string {
  if (container.error) return container.errorReason ?? 'ContainerCannotRun';
  if (container.oomKilled) return 'OOMKilled';
  return exitCode === 0 ? 'Completed' : 'Error';
}
