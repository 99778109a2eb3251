/**
 * One pod's worker: brings what runs to what is wanted, one step at a time, never two at once for the same pod.
 *
 * Woken by a change of the pod, an event of the runtime, a probe's verdict, a changed ConfigMap or a timer, it asks the
 * runtime what is, plans (`plan-pod.ts`), writes the status and executes. Workers of different pods run in parallel.
 * All it remembers between rounds is lost without harm when the kubelet restarts.
 * https://kubernetes.io/docs/concepts/architecture/#kubelet
 */
import type { PodStatus } from 'kubernetes-types/core/v1';
import { type Pod, podResource } from '../../helper/api/core/pod';
import { isConflict, isNotFound } from '../../helper/api/status-error';
import { causeOf } from '../../helper/client/client';
import type { ContainerStatus, SandboxStatus } from '../runtime/runtime';
import type { MountedVolumes } from '../volumes/volume-plugin';
import type { Refusal } from './admit-pod';
import { hasEnded } from './container-outcome';
import { newestSandbox, planPod } from './plan-pod';
import { FORCED_GRACE_SECONDS } from './plan-termination';
import { PodActions } from './pod-actions';
import { PodMemory } from './pod-memory';
import type { PodAction, PodPlan, Verdict } from './pod-plan';
import { showsOwnFields } from './pod-references';
import type { PodServices } from './pod-services';
import { computePodStatus } from './pod-status';
import { waitingContainers } from './waiting';

/** Rounds in a row before the worker takes a breath: a plan that never settles must not eat the machine. */
const MAX_ROUNDS = 12;
const BREATH_MS = 1000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;

/** What the runtime shows of one pod. */
interface Observed {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly ContainerStatus[];
}

export class PodWorker {
  private inApi = true;
  private isDirty = false;
  private isRunning = false;
  private isEnded = false;
  /** containers are being killed, which may take as long as their grace */
  private isKilling = false;
  private timer: NodeJS.Timeout | undefined;
  private retryMs = FIRST_RETRY_MS;
  private status: PodStatus | undefined;
  private readonly memory = new PodMemory();
  /** who waits for the pod to be down */
  private readonly onDown: (() => void)[] = [];
  /** aborted when the pod is to end, so that a start under way does not hold that up */
  private readonly ending = new AbortController();
  private readonly actions: PodActions;

  constructor(
    private readonly services: PodServices,
    private pod: Pod,
    /** called once, when nothing of the pod is left on this node */
    private readonly onForgotten: () => void,
  ) {
    this.status = pod.status?.startTime ? pod.status : undefined;
    this.actions = new PodActions(services, this.memory, this.ending.signal, () => this.wake());
  }

  /** The pod as it counts against the node's resources and ports; undefined when it has ended or was refused. */
  get admitted(): Pod | undefined {
    return this.isOver || this.memory.eviction?.isRefusal ? undefined : this.pod;
  }

  /** It has ended for good; what is left of it are dead containers. */
  get isOver(): boolean {
    const phase = this.status?.phase ?? this.pod.status?.phase;
    return phase === 'Succeeded' || phase === 'Failed';
  }

  /** The node does not take the pod: nothing of it is started, and its status says why. */
  refuse({ reason, message }: Refusal): void {
    this.memory.eviction = { reason, message: `Pod was rejected: ${message}`, isRefusal: true };
    this.actions.report(this.pod, 'Warning', reason, message);
  }

  /** The node needs the pod gone; false when it is ending already. */
  evict(verdict: Verdict): boolean {
    if (this.memory.eviction || this.pod.metadata.deletionTimestamp) return false;
    this.memory.eviction = verdict;
    this.actions.report(this.pod, 'Warning', verdict.reason, verdict.message);
    this.wake();
    return true;
  }

  /** The machine goes off: ends the pod; resolves when nothing of it runs any more and its last status is written. */
  async shutDown(verdict: Verdict): Promise<void> {
    const isEnding = this.memory.eviction !== undefined || this.pod.metadata.deletionTimestamp !== undefined;
    if (isEnding) this.actions.shortenGrace(Math.max(1, verdict.graceSeconds ?? 1));
    else this.memory.eviction = verdict;
    this.ending.abort();
    const down = new Promise<void>((resolve) => {
      this.onDown.push(resolve);
    });
    this.wake();
    await down;
    await this.services.statuses.flush(this.pod.metadata.uid ?? '');
  }

  get volumes(): MountedVolumes {
    return this.memory.volumes ?? new Map();
  }

  /** The pod as the API has it now. */
  update(pod: Pod): void {
    const before = this.pod.metadata.deletionGracePeriodSeconds;
    const after = pod.metadata.deletionGracePeriodSeconds;
    if (showsOwnFields(pod) && !sameLabels(this.pod, pod)) this.memory.volumesAreStale = true;
    this.pod = pod;
    if (pod.metadata.deletionTimestamp) this.ending.abort();
    if (before !== undefined && after !== undefined && after < before) this.actions.shortenGrace(after);
    this.wake();
  }

  /** The API no longer has the pod: everything of it ends here. */
  remove(): void {
    this.inApi = false;
    this.ending.abort();
    this.actions.shortenGrace(FORCED_GRACE_SECONDS);
    this.wake();
  }

  /** A ConfigMap or Secret it refers to changed: what failed for lack of it may go now, and files are brought up to date. */
  referenceChanged(): void {
    this.memory.releaseConfigHolds();
    this.wake();
  }

  /** Look again, soon. */
  wake(): void {
    this.isDirty = true;
    if (this.isKilling) void this.tell();
    if (!this.isRunning && !this.isEnded) void this.run();
  }

  /** Writes the status while containers are being killed: who is no longer ready must not be asked for that long. */
  private async tell(): Promise<void> {
    try {
      const observed = await this.observe();
      const pod = this.services.statuses.newest(this.pod);
      if (!this.isKilling || !this.inApi) return;
      this.syncProbes(pod, observed);
      this.publish(pod, { actions: [], crashLoops: new Map() }, observed);
    } catch (error) {
      this.services.log.warn({ pod: this.pod.metadata.name, error: String(error) }, 'status not known during a kill');
    }
  }

  /** Ends the worker; the containers go on. */
  stop(): void {
    this.isEnded = true;
    clearTimeout(this.timer);
    this.tellDown();
  }

  private tellDown(): void {
    for (const tell of this.onDown.splice(0)) tell();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    let rounds = 0;
    while (this.isDirty && !this.isEnded && rounds < MAX_ROUNDS) {
      this.isDirty = false;
      rounds += 1;
      try {
        if (await this.round()) this.isDirty = true;
        this.retryMs = FIRST_RETRY_MS;
      } catch (error) {
        this.services.log.warn({ pod: this.pod.metadata.name, error: String(error) }, 'pod not synced, trying again');
        this.wakeAt(new Date(Date.now() + this.retryMs));
        this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
      }
    }
    this.isRunning = false;
    if (this.isDirty && !this.isEnded) this.wakeAt(new Date(Date.now() + BREATH_MS));
  }

  /** Look, plan, tell, act. True when something was done, so that it is worth to look again at once. */
  private async round(): Promise<boolean> {
    const { services, memory } = this;
    const observed = await this.observe();
    const pod = services.statuses.newest(this.pod);
    if (this.inApi) services.objects.track(pod);
    const now = services.now();
    this.syncProbes(pod, observed);
    const plan = planPod({
      pod,
      inApi: this.inApi,
      ...observed,
      volumesMounted: memory.volumes !== undefined,
      ...(memory.podHold ? { podHeldUntil: memory.podHold.until } : {}),
      holds: memory.holds(now),
      backOffs: memory.backOffs,
      probeFailures: services.probes.failures(pod.metadata.uid ?? ''),
      isStarted: (id) => services.probes.isStarted(id),
      ...(memory.eviction ? { eviction: memory.eviction } : {}),
      now,
    });
    memory.noteCrashLoops(plan.crashLoops, (name) => this.reportCrashLoop(pod, name));
    if (this.inApi) this.publish(pod, plan, observed);
    if (this.onDown.length > 0 && isDown(observed, memory)) this.tellDown();
    await this.actions.refreshVolumes(pod);
    await this.actions.watchSizes(pod);
    const times = [plan.wakeAt, memory.nextChange(now), memory.refreshVolumesAt, memory.lookAtSizesAt].filter(
      (time) => time !== undefined,
    );
    if (times.length > 0) this.wakeAt(new Date(Math.min(...times.map((time) => time.getTime()))));
    return this.execute(pod, plan.actions, observed);
  }

  private async observe(): Promise<Observed> {
    const uid = this.pod.metadata.uid ?? '';
    const { runtime, files } = this.services;
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(uid), runtime.listContainers(uid)]);
    for (const container of containers.filter(hasEnded)) {
      if (this.memory.terminationMessages.has(container.id)) continue;
      this.memory.terminationMessages.set(container.id, await this.lastWords(container, files));
    }
    return { sandboxes, containers };
  }

  /** The termination message file; the end of the log instead when the container asks for that and failed silently. */
  private async lastWords(container: ContainerStatus, files: PodServices['files']): Promise<string> {
    const written = await files.readMessage(container.pod.uid, container.name, container.attempt);
    if (written !== undefined) return written;
    const all = [...(this.pod.spec?.containers ?? []), ...(this.pod.spec?.initContainers ?? [])];
    const spec = all.find(({ name }) => name === container.name);
    const wantsLog = spec?.terminationMessagePolicy === 'FallbackToLogsOnError' && container.exitCode !== 0;
    return wantsLog ? this.actions.endOfLog(container.id) : '';
  }

  private syncProbes(pod: Pod, { sandboxes, containers }: Observed): void {
    const isEnding = pod.metadata.deletionTimestamp !== undefined;
    const running = this.inApi ? containers.filter(({ state }) => state === 'running') : [];
    const ip = pod.spec?.hostNetwork ? this.services.nodeIp : (newestSandbox(sandboxes)?.ip ?? '');
    const known = pod.status?.containerStatuses ?? [];
    const wasReady = (id: string) => known.some((status) => status.ready && status.containerID?.endsWith(`://${id}`));
    this.services.probes.sync({ pod, running, podIp: ip, wasReady, isEnding });
  }

  private publish(pod: Pod, plan: PodPlan, { sandboxes, containers }: Observed): void {
    const { services, memory } = this;
    if (plan.verdict) memory.verdict = plan.verdict;
    this.status = computePodStatus({
      pod,
      previous: this.status ?? pod.status,
      sandbox: newestSandbox(sandboxes),
      containers,
      waiting: waitingContainers(pod, containers, memory, plan.crashLoops, services.now()),
      isReady: (id) => services.probes.isReady(id),
      isStarted: (id) => services.probes.isStarted(id),
      terminationMessages: memory.terminationMessages,
      ...(memory.verdict ? { verdict: memory.verdict } : {}),
      hostIp: services.nodeIp,
      runtimeName: services.runtimeName,
      now: services.now(),
    });
    services.statuses.put(pod, this.status);
  }

  private reportCrashLoop(pod: Pod, name: string): void {
    const podText = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
    const message = `Back-off restarting failed container ${name} in pod ${podText}`;
    this.actions.report(pod, 'Warning', 'BackOff', message, name);
  }

  /**
   * Neighbouring actions of one type run together, except that containers start one after the other, each with its postStart
   * hook done before the next one begins. A failed group ends the round.
   */
  private async execute(pod: Pod, actions: readonly PodAction[], observed: Observed): Promise<boolean> {
    let sandbox = newestSandbox(observed.sandboxes);
    for (const group of groupsOf(actions)) {
      const [first] = group;
      if (first?.type === 'createSandbox') {
        sandbox = await this.actions.createSandbox(pod, first);
        if (!sandbox) return true;
      } else if (first?.type === 'deleteFromApi') {
        await this.deleteFromApi(pod);
        return false;
      } else if (first?.type === 'forget') {
        await this.forget();
        return false;
      } else if (first?.type === 'startContainer' && this.ending.signal.aborted) {
        return true;
      } else {
        this.isKilling = first?.type === 'killContainer';
        const results = await Promise.all(group.map((action) => this.actions.execute(pod, action, sandbox))).finally(
          () => {
            this.isKilling = false;
          },
        );
        if (results.includes(false)) return true;
      }
    }
    return actions.length > 0;
  }

  /** All is down: volumes go, the terminal status is written, and the API may forget the pod. */
  private async deleteFromApi(pod: Pod): Promise<void> {
    const { services } = this;
    const uid = pod.metadata.uid ?? '';
    await services.volumes.tearDown(uid);
    await services.statuses.flush(uid);
    const client = services.client.withCause(causeOf(podResource, pod));
    const { namespace = '', name } = pod.metadata;
    try {
      await client.delete(podResource, namespace, name, { gracePeriodSeconds: 0, uid });
    } catch (error) {
      // Gone already, or another pod of that name: either way this pod is no longer in the API.
      if (!isNotFound(error) && !isConflict(error)) throw error;
      this.inApi = false;
      this.isDirty = true;
    }
  }

  private async forget(): Promise<void> {
    const { services } = this;
    const uid = this.pod.metadata.uid ?? '';
    services.objects.release(uid);
    services.probes.forgetPod(uid);
    services.images.forgetPod(uid);
    services.tokens.forgetPod(uid);
    services.statuses.forget(uid);
    await services.volumes.tearDown(uid);
    await services.files.remove(uid);
    await services.cgroups.remove(uid);
    this.stop();
    this.onForgotten();
  }

  private wakeAt(time: Date): void {
    clearTimeout(this.timer);
    const delayMs = Math.max(1, time.getTime() - Date.now());
    this.timer = setTimeout(() => this.wake(), Math.min(delayMs, 2 ** 31 - 1)).unref();
  }
}

/** Nothing of the pod runs or is mounted. */
function isDown({ sandboxes, containers }: Observed, { volumes }: PodMemory): boolean {
  return volumes === undefined && containers.every(hasEnded) && sandboxes.every(({ state }) => state !== 'ready');
}

function sameLabels({ metadata: a }: Pod, { metadata: b }: Pod): boolean {
  return JSON.stringify([a.labels, a.annotations]) === JSON.stringify([b.labels, b.annotations]);
}

function groupsOf(actions: readonly PodAction[]): PodAction[][] {
  const groups: PodAction[][] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    if (last?.[0]?.type === action.type && action.type !== 'startContainer') last.push(action);
    else groups.push([action]);
  }
  return groups;
}
