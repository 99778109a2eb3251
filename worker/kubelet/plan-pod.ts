/**
 * What to do next for one pod: the kubelet's decision, as a pure function.
 *
 * Input is the pod's spec, what the runtime says of its sandboxes and containers, and a few facts only the kubelet knows
 * (failed probes, back-offs, held containers). Output is an ordered list of actions and the time to look again. Nothing is
 * remembered between calls that the runtime could tell: a restarted kubelet plans the same.
 * `pod-worker.ts` gathers the input and executes the actions; `plan-termination.ts` is the half for pods that must end.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import type { Container, EphemeralContainer } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import type { ContainerStatus, SandboxStatus } from '../runtime/runtime';
import { backOffEnd, formatDelay } from './back-off';
import { hasFailed, hasSucceeded, isSidecar, restartsAfter } from './container-outcome';
import { planTermination } from './plan-termination';
import type { Hold, PodAction, PodInput, PodPlan } from './pod-plan';
import { containerSpecHash } from './spec-hash';

/** The next actions for a pod, in order. An empty plan means: as wanted. */
export function planPod(input: PodInput): PodPlan {
  const ending = planTermination(input);
  if (ending) return ending;

  const sandbox = newestSandbox(input.sandboxes);
  if (sandbox?.state !== 'ready') return planSandbox(input, sandbox);
  const planner = new ContainerPlanner(input, sandbox);
  const actions: PodAction[] = [];
  if (!input.volumesMounted) actions.push({ type: 'mountVolumes' });
  const held = input.podHeldUntil && !input.volumesMounted && input.podHeldUntil > input.now;
  if (held) return withWakeUps({ actions: [], crashLoops: new Map() }, input);
  actions.push(...planner.plan(), ...collectGarbage(input, sandbox.id));
  return withWakeUps({ actions, crashLoops: planner.crashLoops, ...wakeAt(planner.wakeUps) }, input);
}

/** The sandbox of the highest attempt: the only one that counts. */
export function newestSandbox(sandboxes: readonly SandboxStatus[]): SandboxStatus | undefined {
  return [...sandboxes].sort((a, b) => b.attempt - a.attempt || Number(b.createdAt) - Number(a.createdAt))[0];
}

/** No usable sandbox: stop what is left of the old one, make a new one, and start from the first init container again. */
function planSandbox(input: PodInput, dead: SandboxStatus | undefined): PodPlan {
  const { pod, containers, now } = input;
  if (input.podHeldUntil && input.podHeldUntil > now) {
    return withWakeUps({ actions: [], crashLoops: new Map() }, input);
  }
  const actions: PodAction[] = [];
  for (const container of containers.filter((each) => each.state === 'running')) {
    actions.push(killing(container, graceOf(pod), 'Pod sandbox changed, it will be killed and re-created.'));
  }
  if (dead) actions.push({ type: 'stopSandbox', sandboxId: dead.id });
  actions.push({ type: 'mountVolumes' });
  actions.push({ type: 'createSandbox', attempt: dead ? dead.attempt + 1 : 0, replaces: dead !== undefined });
  const [firstInit] = pod.spec?.initContainers ?? [];
  const wanted = firstInit ? [firstInit] : (pod.spec?.containers ?? []);
  for (const container of wanted) {
    const newest = containers.find((each) => each.name === container.name);
    const heldBack = (input.holds.get(container.name)?.until ?? now) > now;
    if (heldBack || (!firstInit && newest && !restartsAfterSandbox(pod, newest))) continue;
    actions.push({ type: 'startContainer', container, attempt: nextAttempt(pod, container.name, newest) });
  }
  return withWakeUps({ actions, crashLoops: new Map() }, input);
}

/** A container that was running when its sandbox died is started again unless the policy is Never. */
function restartsAfterSandbox(pod: Pod, newest: ContainerStatus): boolean {
  return newest.state === 'exited' ? restartsAfter(pod, newest) : pod.spec?.restartPolicy !== 'Never';
}

/** Decisions over the containers of a pod whose sandbox is ready. */
class ContainerPlanner {
  readonly crashLoops = new Map<string, Hold>();
  readonly wakeUps: Date[] = [];
  private readonly actions: PodAction[] = [];

  constructor(
    private readonly input: PodInput,
    private readonly sandbox: SandboxStatus,
  ) {}

  plan(): PodAction[] {
    const { pod } = this.input;
    const regular = pod.spec?.containers ?? [];
    const regularSeen = regular.some((container) => this.newestHere(container.name));
    if (this.planInitContainers(regularSeen)) for (const container of regular) this.planRegular(container);
    for (const container of pod.spec?.ephemeralContainers ?? []) this.planEphemeral(container);
    return this.actions;
  }

  /**
   * Init containers strictly one after the other; true when all are done and the regular ones may run. A sidecar lets the next
   * one start when its startup probe has passed; one that ends later is started again and holds up nobody.
   */
  private planInitContainers(regularSeen: boolean): boolean {
    const all = this.input.pod.spec?.initContainers ?? [];
    const reached = all.findLastIndex(({ name }) => this.newestHere(name) !== undefined);
    for (const [index, container] of all.entries()) {
      const newest = this.newestHere(container.name);
      if (isSidecar(container)) {
        this.planRegular(container);
        const isUp = newest?.state === 'running' && this.input.isStarted(newest.id);
        if (!isUp && !regularSeen && index >= reached) return false;
        continue;
      }
      // Once a regular container was made in this sandbox, initialization is history; its containers may be collected.
      if (regularSeen || (newest && hasSucceeded(newest))) continue;
      if (newest?.state === 'running') return false;
      if (newest && !hasFailed(newest) && newest.state !== 'created') return false;
      this.start(container, newest);
      return false;
    }
    return true;
  }

  /** Has one life, whatever the restart policy, and does not wait for init containers: it may be there to look at one. */
  private planEphemeral(container: EphemeralContainer): void {
    const statuses = this.input.pod.status?.ephemeralContainerStatuses ?? [];
    const hasLived = statuses.some(({ name, containerID }) => name === container.name && containerID);
    if (!hasLived && !this.newestAnywhere(container.name)) this.start(container, undefined);
  }

  private planRegular(container: Container): void {
    const newest = this.newestHere(container.name);
    if (newest?.state === 'running') {
      this.planRunning(container, newest);
      return;
    }
    if (newest?.state === 'unknown') {
      this.actions.push(killing(newest, graceOf(this.input.pod), `Container ${container.name} is in unknown state`));
      return;
    }
    if (!newest && this.endedBefore(container)) return;
    if (newest && !isSidecar(container) && !restartsAfter(this.input.pod, newest)) return;
    this.start(container, newest);
  }

  /** In a replaced sandbox: containers that ended for good in the old one stay ended. */
  private endedBefore(container: Container): boolean {
    const earlier = this.input.containers.find((each) => each.name === container.name);
    return earlier !== undefined && !isSidecar(container) && !restartsAfterSandbox(this.input.pod, earlier);
  }

  private planRunning(container: Container, running: ContainerStatus): void {
    const { pod, probeFailures } = this.input;
    const failure = probeFailures.get(running.id);
    const isForGood = pod.spec?.restartPolicy === 'Never' && !isSidecar(container);
    if (failure) {
      const title = pod.spec?.initContainers?.includes(container) ? 'Init container' : 'Container';
      const message = `${title} ${container.name} failed ${failure.probe} probe${isForGood ? '' : ', will be restarted'}`;
      this.actions.push(killing(running, failure.graceSeconds ?? graceOf(pod), message));
    } else if (running.specHash !== containerSpecHash(container)) {
      const message = `Container ${container.name} definition changed, will be restarted`;
      this.actions.push(killing(running, graceOf(pod), message));
    }
  }

  /** Starts a container now, or says until when its crashes or a failed preparation hold it back. */
  private start(container: Container, newest: ContainerStatus | undefined): void {
    const { pod, now, holds, backOffs } = this.input;
    const hold = holds.get(container.name);
    if (hold && hold.until > now) {
      this.wakeUps.push(hold.until);
      return;
    }
    const crashedAt = newest && newest.state !== 'created' ? (newest.finishedAt ?? newest.createdAt) : undefined;
    // A new definition of the container is a new beginning.
    const entry = newest?.specHash === containerSpecHash(container) ? backOffs.get(container.name) : undefined;
    const end = crashedAt && backOffEnd(entry, crashedAt);
    if (end && entry && end > now) {
      this.crashLoops.set(container.name, crashLoop(pod, container.name, end, entry.delayMs));
      this.wakeUps.push(end);
      return;
    }
    const attempt = nextAttempt(pod, container.name, this.newestAnywhere(container.name));
    const isChanged = newest !== undefined && newest.specHash !== containerSpecHash(container);
    this.actions.push({
      type: 'startContainer',
      container,
      attempt,
      ...(crashedAt && !isChanged ? { crashedAt } : {}),
      ...(isChanged ? { isChanged } : {}),
    });
  }

  private newestHere(name: string): ContainerStatus | undefined {
    return this.input.containers.find((each) => each.name === name && each.sandboxId === this.sandbox.id);
  }

  private newestAnywhere(name: string): ContainerStatus | undefined {
    return this.input.containers.find((each) => each.name === name);
  }
}

function crashLoop(pod: Pod, name: string, until: Date, delayMs: number): Hold {
  const podText = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
  const message = `back-off ${formatDelay(delayMs)} restarting failed container=${name} pod=${podText}`;
  return { until, reason: 'CrashLoopBackOff', message };
}

/**
 * Restart count of the next container of that name. The runtime's newest container counts; when it was removed behind our
 * back (`docker rm -f`), the status last written says how many there were.
 */
function nextAttempt(pod: Pod, name: string, newest: ContainerStatus | undefined): number {
  if (newest) return newest.attempt + 1;
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const known = statuses.find((status) => status.name === name);
  return known?.containerID ? known.restartCount + 1 : (known?.restartCount ?? 0);
}

/** Keeps, of each name, the newest container and the newest dead one (for `logs --previous`); older ones go. */
function collectGarbage(input: PodInput, sandboxId: string): PodAction[] {
  const actions: PodAction[] = [];
  const keptSandboxes = new Set([sandboxId]);
  const deadSeen = new Set<string>();
  for (const container of input.containers) {
    const isDead = container.state === 'exited' || container.state === 'created';
    if (isDead && deadSeen.has(container.name)) {
      actions.push({ type: 'removeContainer', containerId: container.id });
    } else {
      keptSandboxes.add(container.sandboxId);
      if (isDead) deadSeen.add(container.name);
    }
  }
  for (const sandbox of input.sandboxes) {
    if (!keptSandboxes.has(sandbox.id)) actions.push({ type: 'removeSandbox', sandboxId: sandbox.id });
  }
  return actions;
}

/** Grace of a kill that does not come from a deletion. */
function graceOf(pod: Pod): number {
  return pod.spec?.terminationGracePeriodSeconds ?? 30;
}

function killing(container: ContainerStatus, graceSeconds: number, message: string): PodAction {
  return { type: 'killContainer', containerId: container.id, name: container.name, graceSeconds, message };
}

function wakeAt(times: readonly Date[]): { wakeAt?: Date } {
  const [first] = [...times].sort((a, b) => a.getTime() - b.getTime());
  return first ? { wakeAt: first } : {};
}

/** Adds the wake-ups every plan has: the end of a held-back attempt, and the pod's own deadline. */
function withWakeUps(plan: PodPlan, input: PodInput): PodPlan {
  const times = plan.wakeAt ? [plan.wakeAt] : [];
  if (input.podHeldUntil && input.podHeldUntil > input.now) times.push(input.podHeldUntil);
  const { activeDeadlineSeconds } = input.pod.spec ?? {};
  const startTime = input.pod.status?.startTime;
  if (activeDeadlineSeconds && startTime) times.push(new Date(Date.parse(startTime) + activeDeadlineSeconds * 1000));
  return { ...plan, ...wakeAt(times) };
}
