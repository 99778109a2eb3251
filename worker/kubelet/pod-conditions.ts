/**
 * The conditions of a pod: PodReadyToStartContainers, Initialized, ContainersReady, Ready.
 *
 * Pure. A condition keeps its lastTransitionTime while its status stays the same; conditions the kubelet does not own
 * (PodScheduled, readiness gates, DisruptionTarget) pass through untouched.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions
 */
import type { ContainerStatus, PodCondition } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { toTime } from './api-time';
import { isSidecarOf } from './container-outcome';

/** Several parties may write it; the kubelet's has a reason of its own. */
const DISRUPTION = 'DisruptionTarget';
const KUBELET_DISRUPTION = 'TerminationByKubelet';
const OWNED = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'];

/** True for the condition types only this kubelet writes. */
function isKubeletCondition(type: string): boolean {
  return OWNED.includes(type);
}

/** True for a condition this kubelet wrote, also of a type that others write too. */
export function isKubeletsOwn({ type, reason }: PodCondition): boolean {
  return isKubeletCondition(type) || (type === DISRUPTION && reason === KUBELET_DISRUPTION);
}

export interface ConditionInput {
  readonly pod: Pod;
  /** what was computed last: source of the times of the kubelet's own conditions */
  readonly previous: readonly PodCondition[];
  /** why the kubelet itself ended the pod, where that counts as a disruption */
  readonly disruption?: string;
  readonly phase: string;
  readonly hasSandbox: boolean;
  /** of all init containers */
  readonly initStatuses: readonly ContainerStatus[];
  /** of regular containers and sidecars */
  readonly statuses: readonly ContainerStatus[];
  readonly now: Date;
}

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** All conditions, in the order Kubernetes lists them. */
export function podConditions(input: ConditionInput): PodCondition[] {
  const containersReady = containersReadyOf(input);
  const owned: [string, Verdict][] = [
    ['PodReadyToStartContainers', { status: input.hasSandbox ? 'True' : 'False' }],
    ['Initialized', initializedOf(input)],
    ['Ready', readyOf(input, containersReady)],
    ['ContainersReady', containersReady],
  ];
  const disruption = disruptionOf(input);
  if (disruption) owned.push([DISRUPTION, disruption]);
  const foreign = foreignConditions(input).filter(({ type }) => type !== DISRUPTION || !disruption);
  return [...owned.map(([type, verdict]) => conditionOf(type, verdict, input)), ...foreign];
}

/** Conditions of other writers are what the API says now: a readiness gate may have changed since the last look. */
function foreignConditions({ pod }: ConditionInput): readonly PodCondition[] {
  return (pod.status?.conditions ?? []).filter(({ type }) => !isKubeletCondition(type));
}

/** Lets Jobs and budgets tell an eviction from a failure of the program; set once, it stays. */
function disruptionOf({ disruption, previous }: ConditionInput): Verdict | undefined {
  const before = previous.find(({ type, reason }) => type === DISRUPTION && reason === KUBELET_DISRUPTION);
  const message = disruption ?? before?.message;
  return message === undefined ? undefined : { status: 'True', reason: KUBELET_DISRUPTION, message };
}

function conditionOf(type: string, verdict: Verdict, { previous, now }: ConditionInput): PodCondition {
  const before = previous.find((condition) => condition.type === type);
  const lastTransitionTime =
    before?.status === verdict.status && before.lastTransitionTime ? before.lastTransitionTime : toTime(now);
  // lastProbeTime is always null in what Kubernetes' kubelet writes; left out here means the same to readers.
  return { type, ...verdict, lastTransitionTime };
}

/** A sidecar has done its part of the initialization when it has started, any other init container when it has succeeded. */
function initializedOf({ pod, phase, initStatuses, statuses }: ConditionInput): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const initNames = new Set((pod.spec?.initContainers ?? []).map(({ name }) => name));
  const hasRegular = statuses.some(
    ({ name, state, lastState }) =>
      !initNames.has(name) && (state?.running || state?.terminated || lastState?.terminated),
  );
  const isDone = (status: ContainerStatus) => (isSidecarOf(pod, status.name) ? status.started : status.ready);
  const incomplete = initStatuses.filter((status) => !isDone(status)).map((status) => status.name);
  if (incomplete.length === 0 || hasRegular) return { status: 'True' };
  const message = `containers with incomplete status: [${incomplete.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyOf({ phase, statuses }: ConditionInput): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = statuses.filter((status) => !status.ready).map((status) => status.name);
  if (unready.length === 0) return { status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

/** Ready = all containers ready and every readiness gate of the pod True. */
function readyOf(input: ConditionInput, containersReady: Verdict): Verdict {
  if (containersReady.status === 'False') return containersReady;
  const others = foreignConditions(input);
  const messages = (input.pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = others.find((condition) => condition.type === conditionType);
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (gate.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (messages.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
