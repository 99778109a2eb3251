/**
 * Ending containers: preStop hook, then the container's turn, then the stop signal — all within one grace.
 *
 * The grace begins when the end is decided; what hook and waiting use up is missing for the signal, but two seconds are
 * always left. A sidecar's turn comes when those it serves are gone. A deletion repeated with less grace cuts short whatever
 * is being waited for. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
 */
import type { Pod } from '../../helper/api/core/pod';
import { runHook } from './hooks';
import { containerFieldPath } from './pod-events';
import type { KillContainer } from './pod-plan';
import type { PodServices } from './pod-services';

/** What a container gets at least between signal and kill, however much its hook used up. */
const MIN_GRACE_SECONDS = 2;

type Kill = Omit<KillContainer, 'type'>;

interface Ending {
  readonly name: string;
  /** when the grace is used up, by Date.now() */
  deadline: number;
  /** a hook or another container has taken of the grace */
  hasWaited: boolean;
  /** the stop signal has been given */
  isSignalled: boolean;
  /** a new deadline: look again how long to wait */
  onShortened: () => void;
  readonly gone: Promise<void>;
}

export class ContainerEndings {
  private readonly endings = new Map<string, Ending>();

  constructor(private readonly services: PodServices) {}

  /** Resolves when the container is dead. A container that is being ended already is not ended twice. */
  async end(pod: Pod, action: Kill): Promise<void> {
    const { containerId, name, graceSeconds } = action;
    if (this.endings.has(containerId)) return;
    const done = { resolve: (): void => undefined };
    const gone = new Promise<void>((resolve) => {
      done.resolve = resolve;
    });
    const deadline = Date.now() + graceSeconds * 1000;
    const state = { hasWaited: false, isSignalled: false, onShortened: () => undefined };
    const ending: Ending = { name, deadline, gone, ...state };
    this.endings.set(containerId, ending);
    const fieldPath = containerFieldPath(pod, name);
    this.services.event(pod, { type: 'Normal', reason: 'Killing', message: action.message, fieldPath });
    try {
      if (graceSeconds > 0) await this.runPreStop(pod, action, ending);
      await this.waitForTurn(action.after ?? [], ending);
      ending.isSignalled = true;
      await this.services.runtime.stopContainer(containerId, graceSeconds > 0 ? leftOf(ending) : 0);
    } finally {
      this.endings.delete(containerId);
      done.resolve();
    }
  }

  /** All containers being ended get at most this much grace from now on. */
  shorten(graceSeconds: number): void {
    const deadline = Date.now() + graceSeconds * 1000;
    for (const [id, ending] of this.endings) {
      if (ending.deadline <= deadline) continue;
      ending.deadline = deadline;
      if (!ending.isSignalled) ending.onShortened();
      else this.stopSooner(id, graceSeconds);
    }
  }

  private stopSooner(id: string, graceSeconds: number): void {
    this.services.runtime.stopContainer(id, graceSeconds).catch((error: unknown) => {
      this.services.log.warn({ container: id, error: String(error) }, 'container not stopped sooner');
    });
  }

  private async runPreStop(pod: Pod, { containerId, name }: Kill, ending: Ending): Promise<void> {
    const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
    const container = all.find((each) => each.name === name);
    const hook = container?.lifecycle?.preStop;
    if (!container || !hook) return;
    const { runtime, log } = this.services;
    let failure: string | undefined;
    const running = runHook(runtime, containerId, hook, { pod, container, podIp: podIpOf(pod) }).then((text) => {
      failure = text;
    });
    const isInTime = await within(running, ending);
    if (!isInTime) failure = 'hook did not end within the grace period';
    if (failure === undefined) return;
    // What the hook wrote stays in the log: it may hold secrets, and events are read by many.
    log.warn({ pod: pod.metadata.name, container: name, failure }, 'preStop hook failed');
    const fieldPath = containerFieldPath(pod, name);
    this.services.event(pod, {
      type: 'Warning',
      reason: 'FailedPreStopHook',
      message: 'PreStopHook failed',
      fieldPath,
    });
  }

  private async waitForTurn(after: readonly string[], ending: Ending): Promise<void> {
    const others = [...this.endings.values()].filter(({ name }) => after.includes(name)).map(({ gone }) => gone);
    if (others.length > 0) await within(Promise.all(others), ending);
  }
}

/** Whole seconds left for the stop signal. */
function leftOf({ deadline, hasWaited }: Ending): number {
  const seconds = Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
  return hasWaited ? Math.max(seconds, MIN_GRACE_SECONDS) : seconds;
}

/** Waits for `work` until the deadline, also if that is moved meanwhile; false when it was not done by then. */
async function within(work: Promise<unknown>, ending: Ending): Promise<boolean> {
  ending.hasWaited = true;
  const finished = work.then(() => true);
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const leftMs = Math.max(0, ending.deadline - Date.now());
    const pause = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), leftMs);
      ending.onShortened = () => resolve(false);
    });
    const isDone = await Promise.race([finished, pause]);
    clearTimeout(timer);
    if (isDone) return true;
    if (Date.now() >= ending.deadline) return false;
  }
}

function podIpOf(pod: Pod): string {
  return pod.status?.podIP ?? '';
}
