/**
 * The status of a pod, computed from its spec, the runtime's view, and what the kubelet knows of waiting and probes.
 *
 * Pure: same input, same status, so "did it change?" is a comparison. Times of conditions are carried over from the old
 * status as long as the condition's status stays the same. Conditions of others (PodScheduled, readiness gates) are kept.
 * Fed by `pod-worker.ts`, written by `status-writer.ts`.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
 */
import type { PodStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import type { ContainerStatus, SandboxStatus } from '../runtime/runtime';
import { toTime } from './api-time';
import { hasEnded, isSidecarOf } from './container-outcome';
import { type ContainerFacts, containerStatusesOf, ephemeralStatusesOf, type Waiting } from './container-statuses';
import { podConditions } from './pod-conditions';
import { podPhase } from './pod-phase';
import type { Verdict } from './pod-plan';
import { qosClassOf } from './qos';

export interface StatusInput {
  readonly pod: Pod;
  /** the status last computed here, or the API's: source of transition times and of what the runtime has forgotten */
  readonly previous: PodStatus | undefined;
  readonly sandbox: SandboxStatus | undefined;
  /** newest attempt of each name first */
  readonly containers: readonly ContainerStatus[];
  /** why a container is not running, by container name */
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly isReady: (containerId: string) => boolean;
  readonly isStarted: (containerId: string) => boolean;
  /** text the container left in its termination message file, by container id */
  readonly terminationMessages: ReadonlyMap<string, string>;
  /** set when the kubelet itself ended the pod */
  readonly verdict?: Verdict;
  readonly hostIp: string;
  /** `docker`: prefix of container ids */
  readonly runtimeName: string;
  readonly now: Date;
}

/** The whole status as it should be in the API. */
export function computePodStatus(input: StatusInput): PodStatus {
  const { pod, previous, sandbox, containers, verdict, now } = input;
  if (verdict?.isRefusal) return refusedStatus(input, verdict);
  // Refused once, and nothing of it is here: there is nothing to add to what the API has.
  if (previous?.phase === 'Failed' && !previous.containerStatuses && containers.length === 0) return previous;
  const facts: ContainerFacts = { ...input, sandboxId: sandbox?.id };
  const initContainerStatuses = containerStatusesOf(facts, pod.spec?.initContainers ?? [], true);
  const containerStatuses = containerStatusesOf(facts, pod.spec?.containers ?? [], false);
  const ephemeralContainerStatuses = ephemeralStatusesOf(facts, pod.spec?.ephemeralContainers ?? []);
  const isOver = previous?.phase === 'Succeeded' || previous?.phase === 'Failed';
  const phase = isOver
    ? (previous?.phase ?? 'Failed')
    : podPhase(pod, initContainerStatuses, containerStatuses, verdict !== undefined && allEnded(containers));
  const ips = podIps(input);
  const sidecarStatuses = initContainerStatuses.filter(({ name }) => isSidecarOf(pod, name));
  const reason = verdict?.reason ?? previous?.reason;
  const message = verdict?.message ?? previous?.message;
  return {
    phase,
    conditions: podConditions({
      pod,
      previous: previous?.conditions ?? [],
      ...(verdict?.isDisruption ? { disruption: verdict.message } : {}),
      phase,
      hasSandbox: sandbox?.state === 'ready' && (sandbox.hostNetwork || sandbox.ip !== ''),
      initStatuses: initContainerStatuses,
      statuses: [...sidecarStatuses, ...containerStatuses],
      now,
    }),
    ...(reason && phase === 'Failed' ? { reason } : {}),
    ...(message && phase === 'Failed' ? { message } : {}),
    hostIP: input.hostIp,
    hostIPs: [{ ip: input.hostIp }],
    ...(ips[0] ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: previous?.startTime ?? toTime(now),
    ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
    containerStatuses,
    ...(ephemeralContainerStatuses.length > 0 ? { ephemeralContainerStatuses } : {}),
    qosClass: previous?.qosClass ?? qosClassOf(pod),
  };
}

function refusedStatus({ pod, previous, now }: StatusInput, { reason, message }: Verdict): PodStatus {
  return {
    phase: 'Failed',
    reason,
    message,
    startTime: previous?.startTime ?? toTime(now),
    qosClass: previous?.qosClass ?? qosClassOf(pod),
  };
}

function allEnded(containers: readonly ContainerStatus[]): boolean {
  return containers.every(hasEnded);
}

/** A pod keeps showing its last address after its sandbox has gone. */
function podIps({ pod, sandbox, hostIp, previous }: StatusInput): string[] {
  if (pod.spec?.hostNetwork) return [hostIp];
  if (sandbox?.state === 'ready' && sandbox.ip) return [sandbox.ip];
  return previous?.podIP ? [previous.podIP] : [];
}
