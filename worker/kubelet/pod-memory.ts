/**
 * What a pod worker remembers between rounds: back-offs, held containers, mounted volumes, last words.
 *
 * None of it is needed for correctness after a restart; it paces retries and words the status.
 */

import type { MountedVolumes } from '../volumes/volume-plugin';
import { type BackOff, nextBackOff } from './back-off';
import type { Hold, PodPlan } from './pod-plan';
import type { StartError } from './start-container';

/** After this long, a failed pull is shown as what the container is doing now: ImagePullBackOff. */
const PULL_ERROR_SHOWN_MS = 2000;
const FIRST_POD_HOLD_MS = 500;
const MAX_POD_HOLD_MS = 122_000;
const BRIEF_POD_HOLD_MS = 1000;

interface Failure {
  readonly error: StartError;
  readonly at: Date;
  backOffReported: boolean;
}

export class PodMemory {
  /** crash back-off by container name */
  readonly backOffs = new Map<string, BackOff>();
  /** the last failed start of each container, until one succeeds */
  readonly failures = new Map<string, Failure>();
  /** by container id; '' = it left none */
  readonly terminationMessages = new Map<string, string>();
  /** once all are mounted */
  volumes: MountedVolumes | undefined;
  refreshVolumesAt: Date | undefined;
  volumesAreStale = false;
  /** when the sizes of limited volumes are looked at next; undefined: never, or not yet */
  lookAtSizesAt: Date | undefined;
  /** why the pod was evicted from this node */
  eviction: PodPlan['verdict'];
  /** the pod as a whole waits: its volumes or sandbox could not be made */
  podHold: { readonly until: Date; readonly delayMs: number } | undefined;
  verdict: PodPlan['verdict'];
  private crashLoopsSeen = new Map<string, number>();

  /** Holds the pod back for something that others do, such as the binding of a claim: looked at again soon, every time. */
  holdBriefly(now: Date): void {
    this.podHold = { until: new Date(now.getTime() + BRIEF_POD_HOLD_MS), delayMs: FIRST_POD_HOLD_MS };
  }

  /** Holds the pod back after a failed sandbox or mount, longer each time. */
  holdPod(now: Date): void {
    const delayMs = Math.min((this.podHold?.delayMs ?? FIRST_POD_HOLD_MS / 2) * 2, MAX_POD_HOLD_MS);
    this.podHold = { until: new Date(now.getTime() + delayMs), delayMs };
  }

  noteFailure(container: string, error: StartError, at: Date): void {
    this.failures.set(container, { error, at, backOffReported: false });
  }

  noteCrash(container: string, now: Date): void {
    this.backOffs.set(container, nextBackOff(this.backOffs.get(container), now));
  }

  forgetCrashes(container: string): void {
    this.backOffs.delete(container);
  }

  /** Containers held back after a failed start, with the waiting state they show now. */
  holds(now: Date): Map<string, Hold> {
    const holds = new Map<string, Hold>();
    for (const [name, { error, at }] of this.failures) {
      if (error.retryAt === undefined) continue;
      const isBackingOff = error.reason === 'ErrImagePull' && now.getTime() - at.getTime() >= PULL_ERROR_SHOWN_MS;
      holds.set(name, {
        until: error.retryAt,
        reason: isBackingOff ? 'ImagePullBackOff' : error.reason,
        message: isBackingOff
          ? `Back-off pulling image "${error.image}": ${error.reason}: ${error.message}`
          : error.message,
      });
    }
    return holds;
  }

  /** When a hold changes its words (ErrImagePull to ImagePullBackOff); undefined when none will. */
  nextChange(now: Date): Date | undefined {
    const times = [...this.failures.values()]
      .filter(({ error }) => error.reason === 'ErrImagePull')
      .map(({ at }) => at.getTime() + PULL_ERROR_SHOWN_MS)
      .filter((time) => time > now.getTime());
    return times.length > 0 ? new Date(Math.min(...times)) : undefined;
  }

  /** Containers newly in image back-off: reported once each. */
  takeNewImageBackOffs(now: Date): { name: string; image: string }[] {
    const fresh: { name: string; image: string }[] = [];
    for (const [name, failure] of this.failures) {
      const isBackingOff = now.getTime() - failure.at.getTime() >= PULL_ERROR_SHOWN_MS;
      if (failure.error.reason !== 'ErrImagePull' || failure.backOffReported || !isBackingOff) continue;
      failure.backOffReported = true;
      fresh.push({ name, image: failure.error.image ?? '' });
    }
    return fresh;
  }

  /** Calls `report` once for each crash loop that was not there, or had another end, before. */
  noteCrashLoops(crashLoops: ReadonlyMap<string, Hold>, report: (name: string) => void): void {
    for (const [name, { until }] of crashLoops) if (this.crashLoopsSeen.get(name) !== until.getTime()) report(name);
    this.crashLoopsSeen = new Map([...crashLoops].map(([name, { until }]) => [name, until.getTime()]));
  }

  /** A referenced object changed: try again what failed for lack of it, and write its files anew. */
  releaseConfigHolds(): void {
    this.podHold = undefined;
    this.volumesAreStale = true;
    for (const [name, { error }] of this.failures) {
      if (error.reason === 'CreateContainerConfigError') this.failures.delete(name);
    }
  }
}
