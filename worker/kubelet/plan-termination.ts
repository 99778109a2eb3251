/**
 * The half of the plan for pods that must end: deleted, gone from the API, past their deadline, or simply done.
 *
 * Order of a deletion: containers get the stop signal and their grace, then the sandbox (network) goes, then volumes, then
 * the API object; only when that is gone are the dead containers removed. Each step is taken from what the runtime shows,
 * so a kubelet restarted in the middle goes on, with the full original grace for containers still running.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
 */
import type { Pod } from '../../helper/api/core/pod';
import { isFinished, isSidecar } from './container-outcome';
import type { PodAction, PodInput, PodPlan } from './pod-plan';

/** Seconds a container still gets when its pod vanished from the API (deleted by force). */
export const FORCED_GRACE_SECONDS = 2;

/** Seconds for the containers of a pod that has used more of the node than it may. */
const EVICTION_GRACE_SECONDS = 1;

/** The plan of an ending pod; undefined when the pod is to run. */
export function planTermination(input: PodInput): PodPlan | undefined {
  const { pod, inApi } = input;
  const none = { crashLoops: new Map() };
  if (!inApi) return { actions: planRemoval(input), ...none };
  if (pod.metadata.deletionTimestamp) return { actions: planDeletion(input), ...none };
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (input.eviction && !isOver) {
    const { graceSeconds = EVICTION_GRACE_SECONDS } = input.eviction;
    const grace = Math.max(EVICTION_GRACE_SECONDS, Math.min(graceSeconds, specGrace(pod)));
    return { actions: stopEverything(input, grace), verdict: input.eviction, ...none };
  }
  const verdict = verdictOn(input);
  if (verdict) return { actions: stopEverything(input, specGrace(pod)), verdict, ...none };
  const isTerminal = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (!isTerminal && !isFinished(pod, input.containers)) return undefined;
  return { actions: stopEverything(input, specGrace(pod)), ...none };
}

function specGrace(pod: Pod): number {
  return pod.spec?.terminationGracePeriodSeconds ?? 30;
}

/** activeDeadlineSeconds is the one reason of the kubelet's own to fail a pod here. */
function verdictOn({ pod, now }: PodInput): PodPlan['verdict'] {
  const { activeDeadlineSeconds } = pod.spec ?? {};
  const startTime = pod.status?.startTime;
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (!activeDeadlineSeconds || !startTime || isOver) return undefined;
  if (now.getTime() - Date.parse(startTime) < activeDeadlineSeconds * 1000) return undefined;
  return { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
}

/** Containers, then sandbox, then volumes; empty when all of that is down. Dead containers stay for their logs. */
function stopEverything(input: PodInput, graceSeconds: number): PodAction[] {
  const killed = killRunning(input, graceSeconds);
  if (killed.length > 0) return killed;
  const actions: PodAction[] = [];
  for (const sandbox of input.sandboxes) {
    if (sandbox.state === 'ready') actions.push({ type: 'stopSandbox', sandboxId: sandbox.id });
  }
  if (input.volumesMounted) actions.push({ type: 'unmountVolumes' });
  return actions;
}

/** All that runs is ended at once, within one grace; sidecars wait with their stop signal for whom they serve. */
function killRunning({ pod, containers }: PodInput, graceSeconds: number): PodAction[] {
  const running = containers.filter((container) => container.state === 'running' || container.state === 'unknown');
  const order = terminationOrder(
    pod,
    running.map(({ name }) => name),
  );
  return running.map((container) => ({
    type: 'killContainer',
    containerId: container.id,
    name: container.name,
    graceSeconds,
    message: `Stopping container ${container.name}`,
    after: order.get(container.name) ?? [],
  }));
}

/**
 * Which of the running containers each one outlives: a sidecar all that are no sidecars, and every sidecar started after it.
 * Their preStop hooks do not wait. https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
function terminationOrder(pod: Pod, running: readonly string[]): Map<string, readonly string[]> {
  const sidecars = (pod.spec?.initContainers ?? [])
    .filter((container) => isSidecar(container) && running.includes(container.name))
    .map(({ name }) => name);
  const served = running.filter((name) => !sidecars.includes(name));
  return new Map(sidecars.map((name, index) => [name, [...served, ...sidecars.slice(index + 1)]]));
}

function planDeletion(input: PodInput): PodAction[] {
  const stops = stopEverything(input, input.pod.metadata.deletionGracePeriodSeconds ?? specGrace(input.pod));
  const stillRunning = stops.some((action) => action.type === 'killContainer');
  return stillRunning ? stops : [...stops, { type: 'deleteFromApi' }];
}

function planRemoval(input: PodInput): PodAction[] {
  const stops = stopEverything(input, Math.min(FORCED_GRACE_SECONDS, specGrace(input.pod)));
  if (stops.some((action) => action.type === 'killContainer')) return stops;
  const removals: PodAction[] = [
    ...input.containers.map((container): PodAction => ({ type: 'removeContainer', containerId: container.id })),
    ...input.sandboxes.map((sandbox): PodAction => ({ type: 'removeSandbox', sandboxId: sandbox.id })),
  ];
  return [...stops, ...removals, { type: 'forget' }];
}
