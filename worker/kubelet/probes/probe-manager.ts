/**
 * The probes of all running containers of this node: one loop per probe, verdicts by container id.
 *
 * Liveness and readiness begin when the startup probe has passed. A changed verdict wakes the pod's worker, which reads it
 * here; the manager itself kills and writes nothing.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes
 */
import type { Container, Probe } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import type { ContainerStatus, Runtime } from '../../runtime/runtime';
import { containerFieldPath, type PodEvent } from '../pod-events';
import type { ProbeFailure } from '../pod-plan';
import { initialState, nextState, type ProbeState } from './probe-threshold';
import { runProbe } from './run-probe';

type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** First wait of a readiness probe that has not passed yet; doubled up to its period. */
const EAGER_MS = 100;

const KIND_TITLES: Readonly<Record<ProbeKind, string>> = {
  startup: 'Startup',
  liveness: 'Liveness',
  readiness: 'Readiness',
};

export interface ProbeManagerOptions {
  readonly runtime: Runtime;
  onVerdict(podUid: string): void;
  event(pod: Pod, event: PodEvent): void;
}

interface Watched {
  readonly pod: Pod;
  readonly container: Container;
  readonly podIp: string;
  readonly startedAt: number;
  /** has been ready at some time: from then on probes keep to their period */
  wasReady: boolean;
  readonly states: Map<ProbeKind, ProbeState>;
  readonly timers: Map<ProbeKind, NodeJS.Timeout>;
  /** next wait of a readiness probe that has never passed */
  eagerMs: number;
  lastUnhealthyAt: number;
}

export class ProbeManager {
  private readonly watched = new Map<string, Watched>();

  constructor(private readonly options: ProbeManagerOptions) {}

  /** Probes exactly these running containers of a pod from now on. `wasReady`: a restarted kubelet found it ready in the API. */
  sync(pod: Pod, running: readonly ContainerStatus[], podIp: string, wasReady: (containerId: string) => boolean): void {
    const ids = new Set(running.map(({ id }) => id));
    for (const [id, entry] of this.watched) {
      if (entry.pod.metadata.uid === pod.metadata.uid && !ids.has(id)) this.forget(id);
    }
    const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    for (const status of running) {
      const container = specs.find(({ name }) => name === status.name);
      if (!container || this.watched.has(status.id)) continue;
      const { startupProbe, livenessProbe, readinessProbe } = container;
      if (startupProbe || livenessProbe || readinessProbe)
        this.watch(pod, container, status, podIp, wasReady(status.id));
    }
  }

  /** true without a readiness probe */
  isReady(containerId: string): boolean {
    const entry = this.watched.get(containerId);
    if (!entry) return true;
    return this.isStarted(containerId) && (entry.states.get('readiness')?.isSuccess ?? true);
  }

  /** true without a startup probe */
  isStarted(containerId: string): boolean {
    return this.watched.get(containerId)?.states.get('startup')?.isSuccess ?? true;
  }

  /** Containers of the pod that must be killed, by id. */
  failures(podUid: string): Map<string, ProbeFailure> {
    const failures = new Map<string, ProbeFailure>();
    for (const [id, { pod, container, states }] of this.watched) {
      if (pod.metadata.uid !== podUid) continue;
      for (const kind of ['startup', 'liveness'] as const) {
        const probe = probeOf(container, kind);
        const state = states.get(kind);
        const hasFailed = state?.lastResult === false && state.inARow >= (probe?.failureThreshold ?? 3);
        if (!probe || !hasFailed) continue;
        const message = `Container ${container.name} failed ${kind} probe, will be restarted`;
        const graceSeconds = probe.terminationGracePeriodSeconds;
        failures.set(id, { message, ...(graceSeconds === undefined ? {} : { graceSeconds }) });
      }
    }
    return failures;
  }

  stop(): void {
    for (const id of [...this.watched.keys()]) this.forget(id);
  }

  private forget(containerId: string): void {
    for (const timer of this.watched.get(containerId)?.timers.values() ?? []) clearTimeout(timer);
    this.watched.delete(containerId);
  }

  private watch(pod: Pod, container: Container, status: ContainerStatus, podIp: string, wasReady: boolean): void {
    const startedAt = (status.startedAt ?? status.createdAt).getTime();
    const eager = { eagerMs: EAGER_MS, lastUnhealthyAt: 0 };
    const entry: Watched = {
      pod,
      container,
      podIp,
      startedAt,
      wasReady,
      states: new Map(),
      timers: new Map(),
      ...eager,
    };
    this.watched.set(status.id, entry);
    if (container.startupProbe) entry.states.set('startup', initialState(wasReady));
    if (container.readinessProbe) entry.states.set('readiness', initialState(wasReady));
    if (container.livenessProbe) entry.states.set('liveness', initialState(true));
    for (const kind of entry.states.keys()) this.schedule(status.id, entry, kind, true);
  }

  private schedule(containerId: string, entry: Watched, kind: ProbeKind, isFirst: boolean): void {
    const probe = probeOf(entry.container, kind);
    if (!probe) return;
    const earliest = entry.startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
    const delayMs = isFirst ? Math.max(0, earliest - Date.now()) : pauseOf(entry, kind, probe);
    const timer = setTimeout(() => void this.probeOnce(containerId, entry, kind, probe), delayMs);
    entry.timers.set(kind, timer.unref());
  }

  private async probeOnce(containerId: string, entry: Watched, kind: ProbeKind, probe: Probe): Promise<void> {
    const isBlocked = kind !== 'startup' && !this.isStarted(containerId);
    if (!isBlocked) {
      const target = { containerId, container: entry.container, podIp: entry.podIp };
      const result = await runProbe(this.options.runtime, probe, target);
      if (this.watched.get(containerId) !== entry) return;
      this.take(entry, kind, probe, result.isSuccess, result.output);
    }
    // A passed startup probe has said all it ever will.
    const isDone = kind === 'startup' && entry.states.get('startup')?.isSuccess === true;
    if (!isDone) this.schedule(containerId, entry, kind, false);
  }

  private take(entry: Watched, kind: ProbeKind, probe: Probe, isSuccess: boolean, output: string): void {
    const before = entry.states.get(kind) ?? initialState(false);
    const thresholds = {
      successThreshold: probe.successThreshold ?? 1,
      failureThreshold: probe.failureThreshold ?? 3,
    };
    const after = nextState(before, isSuccess, thresholds);
    entry.states.set(kind, after);
    if (kind === 'readiness' && after.isSuccess) entry.wasReady = true;
    const { pod, container } = entry;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    if (!isSuccess && Date.now() - entry.lastUnhealthyAt >= periodMs) {
      entry.lastUnhealthyAt = Date.now();
      const message = `${KIND_TITLES[kind]} probe failed: ${output}`;
      const fieldPath = containerFieldPath(pod, container.name);
      this.options.event(pod, { type: 'Warning', reason: 'Unhealthy', message, fieldPath });
    }
    const isFatal = !isSuccess && kind !== 'readiness' && after.inARow >= thresholds.failureThreshold;
    if (kind === 'startup' && after.isSuccess && !before.isSuccess) this.hurry(entry);
    if (after.isSuccess !== before.isSuccess || isFatal) this.options.onVerdict(pod.metadata.uid ?? '');
  }

  /** The other probes begin as soon as the startup probe has passed, not a period later. */
  private hurry(entry: Watched): void {
    const [containerId] = [...this.watched].find(([, each]) => each === entry) ?? [];
    if (!containerId) return;
    for (const kind of ['liveness', 'readiness'] as const) {
      clearTimeout(entry.timers.get(kind));
      this.schedule(containerId, entry, kind, true);
    }
  }
}

/**
 * The wait until the next attempt. A container that has not been ready yet is asked more often at first, so that it becomes
 * ready as soon as it can; Kubernetes reserves the same right ("may be executed at times other than periodSeconds").
 */
function pauseOf(entry: Watched, kind: ProbeKind, probe: Probe): number {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const isWaiting = kind === 'readiness' && entry.states.get('readiness')?.isSuccess === false && !entry.wasReady;
  if (!isWaiting || entry.eagerMs >= periodMs) return periodMs;
  const delayMs = entry.eagerMs;
  entry.eagerMs *= 2;
  return delayMs;
}

function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  if (kind === 'startup') return container.startupProbe;
  return kind === 'liveness' ? container.livenessProbe : container.readinessProbe;
}
