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
import type { ProbeResult } from './probe-result';
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

export interface ProbedPod {
  readonly pod: Pod;
  readonly running: readonly ContainerStatus[];
  readonly podIp: string;
  /** a restarted kubelet found this container ready in the API */
  readonly wasReady: (containerId: string) => boolean;
  /** the pod is being deleted: it is no longer restarted, but whether it can serve still counts */
  readonly isEnding: boolean;
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
  /** probes that have said all they ever will of this container */
  readonly hasEnded: Set<ProbeKind>;
  /** next wait of a readiness probe that has never passed */
  eagerMs: number;
  readonly toldAt: Map<ProbeKind, number>;
}

export class ProbeManager {
  private readonly watched = new Map<string, Watched>();

  constructor(private readonly options: ProbeManagerOptions) {}

  /** Probes exactly these running containers of a pod from now on; of a pod that ends only their readiness. */
  sync({ pod, running, podIp, wasReady, isEnding }: ProbedPod): void {
    const ids = new Set(running.map(({ id }) => id));
    for (const [id, entry] of this.watched) {
      if (entry.pod.metadata.uid !== pod.metadata.uid) continue;
      if (!ids.has(id)) this.forget(id);
      else if (isEnding) for (const kind of ['startup', 'liveness'] as const) endProbe(entry, kind);
    }
    const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    for (const status of running) {
      const container = specs.find(({ name }) => name === status.name);
      if (!container || this.watched.has(status.id)) continue;
      const { startupProbe, livenessProbe, readinessProbe } = container;
      if (isEnding ? readinessProbe : startupProbe || livenessProbe || readinessProbe)
        this.watch(pod, isEnding ? onlyReadiness(container) : container, status, podIp, wasReady(status.id));
    }
  }

  forgetPod(podUid: string): void {
    for (const [id, { pod }] of this.watched) if (pod.metadata.uid === podUid) this.forget(id);
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
    for (const [id, entry] of this.watched) {
      const { pod, container } = entry;
      if (pod.metadata.uid !== podUid) continue;
      for (const kind of ['startup', 'liveness'] as const) {
        const probe = probeOf(container, kind);
        if (!probe || !hasFailed(entry, kind)) continue;
        const graceSeconds = probe.terminationGracePeriodSeconds;
        failures.set(id, { probe: kind, ...(graceSeconds === undefined ? {} : { graceSeconds }) });
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
    const entry: Watched = {
      pod,
      container,
      podIp,
      startedAt,
      wasReady,
      states: new Map(),
      timers: new Map(),
      hasEnded: new Set(),
      eagerMs: EAGER_MS,
      toldAt: new Map(),
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
    if (entry.hasEnded.has(kind)) return;
    const isBlocked = kind !== 'startup' && !this.isStarted(containerId);
    if (!isBlocked) {
      const target = { containerId, container: entry.container, podIp: entry.podIp };
      const result = await runProbe(this.options.runtime, probe, target);
      if (this.watched.get(containerId) !== entry || entry.hasEnded.has(kind)) return;
      this.take(entry, kind, probe, result);
    }
    // A passed startup probe has said all it ever will, and so has a probe that costs the container its life.
    const isDone = kind === 'startup' && entry.states.get('startup')?.isSuccess === true;
    if (isDone || hasFailed(entry, kind)) entry.hasEnded.add(kind);
    else this.schedule(containerId, entry, kind, false);
  }

  private take(entry: Watched, kind: ProbeKind, probe: Probe, result: ProbeResult): void {
    this.tell(entry, kind, probe, result);
    if (result.outcome === 'unknown') return;
    const isSuccess = result.outcome !== 'failure';
    const before = entry.states.get(kind) ?? initialState(false);
    const thresholds = {
      successThreshold: probe.successThreshold ?? 1,
      failureThreshold: probe.failureThreshold ?? 3,
    };
    const after = nextState(before, isSuccess, thresholds);
    entry.states.set(kind, after);
    if (kind === 'readiness' && after.isSuccess) entry.wasReady = true;
    if (kind === 'startup' && after.isSuccess && !before.isSuccess) this.hurry(entry);
    const isNew = after.isSuccess !== before.isSuccess || hasFailed(entry, kind);
    if (isNew) this.options.onVerdict(entry.pod.metadata.uid ?? '');
  }

  /** An event for whatever is not plain success; not more than one a period, since eager attempts fail more often. */
  private tell(entry: Watched, kind: ProbeKind, probe: Probe, { outcome, output }: ProbeResult): void {
    if (outcome === 'success') return;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    if (Date.now() - (entry.toldAt.get(kind) ?? 0) < periodMs) return;
    entry.toldAt.set(kind, Date.now());
    const words = { warning: 'warning', failure: 'failed', unknown: 'errored and resulted in unknown state' };
    const message = `${KIND_TITLES[kind]} probe ${words[outcome]}: ${output}`;
    const reason = outcome === 'warning' ? 'ProbeWarning' : 'Unhealthy';
    const fieldPath = containerFieldPath(entry.pod, entry.container.name);
    this.options.event(entry.pod, { type: 'Warning', reason, message, fieldPath });
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

/** A startup or liveness probe has failed as often in a row as it may. */
function hasFailed({ container, states }: Watched, kind: ProbeKind): boolean {
  if (kind === 'readiness') return false;
  const state = states.get(kind);
  return state?.lastResult === false && state.inARow >= (probeOf(container, kind)?.failureThreshold ?? 3);
}

function endProbe(entry: Watched, kind: ProbeKind): void {
  clearTimeout(entry.timers.get(kind));
  entry.hasEnded.add(kind);
}

function onlyReadiness({ startupProbe: _, livenessProbe: __, ...container }: Container): Container {
  return container;
}
