/**
 * The data of the kubelet's decision about a pod: what it is made from and what comes out.
 *
 * `plan-pod.ts` and `plan-termination.ts` decide; `pod-worker.ts` gathers the input and `pod-actions.ts` executes.
 */
import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import type { ContainerStatus, SandboxStatus } from '../runtime/runtime';
import type { BackOff } from './back-off';

/** A container that must not be started before `until`, and the waiting state its status shows meanwhile. */
export interface Hold {
  readonly until: Date;
  readonly reason: string;
  readonly message: string;
}

/** Why a running container has to die: a failed liveness or startup probe. */
export interface ProbeFailure {
  readonly probe: 'liveness' | 'startup';
  /** the probe's own terminationGracePeriodSeconds, when it has one */
  readonly graceSeconds?: number;
}

/** Why the pod as a whole is ended by the kubelet. */
export interface Verdict {
  /** `DeadlineExceeded`, `Evicted`, `OutOfcpu` */
  readonly reason: string;
  readonly message: string;
  /** nothing of it was ever started: its containers have no statuses */
  readonly isRefusal?: boolean;
  /** the node needs it gone, whatever the pod did: shown as a condition of its own */
  readonly isDisruption?: boolean;
  /** grace of its containers, at most; a second when left out */
  readonly graceSeconds?: number;
}

export interface PodInput {
  readonly pod: Pod;
  /** false when the API no longer knows the pod: deleted by force, or while this kubelet was down */
  readonly inApi: boolean;
  /** all sandboxes of the pod, in any order */
  readonly sandboxes: readonly SandboxStatus[];
  /** all containers of the pod, newest attempt of each name first */
  readonly containers: readonly ContainerStatus[];
  readonly volumesMounted: boolean;
  /** no new sandbox or volume attempt before this time, because the last one failed */
  readonly podHeldUntil?: Date;
  /** by container name */
  readonly holds: ReadonlyMap<string, Hold>;
  /** crash back-off by container name */
  readonly backOffs: ReadonlyMap<string, BackOff>;
  /** by container id */
  readonly probeFailures: ReadonlyMap<string, ProbeFailure>;
  /** has the container's startup probe passed (true without one); by container id */
  readonly isStarted: (containerId: string) => boolean;
  /** the node wants the pod gone: it ends Failed with this */
  readonly eviction?: Verdict;
  readonly now: Date;
}

export interface KillContainer {
  readonly type: 'killContainer';
  readonly containerId: string;
  readonly name: string;
  readonly graceSeconds: number;
  readonly message: string;
  /** names of containers that have to be gone before this one gets its stop signal */
  readonly after?: readonly string[];
}

export type PodAction =
  | { readonly type: 'mountVolumes' }
  | { readonly type: 'createSandbox'; readonly attempt: number; readonly replaces: boolean }
  | { readonly type: 'stopSandbox'; readonly sandboxId: string }
  | { readonly type: 'removeSandbox'; readonly sandboxId: string }
  | {
      readonly type: 'startContainer';
      readonly container: Container;
      readonly attempt: number;
      readonly crashedAt?: Date;
      /** its definition is another than that of the one before: earlier crashes no longer count */
      readonly isChanged?: boolean;
    }
  | KillContainer
  | { readonly type: 'removeContainer'; readonly containerId: string }
  | { readonly type: 'unmountVolumes' }
  /** everything is down: write the terminal status and let the API forget the pod */
  | { readonly type: 'deleteFromApi' }
  /** the API forgot the pod and nothing of it is left here */
  | { readonly type: 'forget' };

export interface PodPlan {
  readonly actions: readonly PodAction[];
  /** containers in crash back-off, by name */
  readonly crashLoops: ReadonlyMap<string, Hold>;
  /** look again at this time even if nothing happens */
  readonly wakeAt?: Date;
  readonly verdict?: Verdict;
}
