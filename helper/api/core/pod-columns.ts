/**
 * How a pod looks in `kubectl get pods`: READY, STATUS, RESTARTS and the wide columns.
 *
 * STATUS is no field of the API: it is read off phase, reason, container states and deletion, in this order, and it is
 * what people look at first.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import type { ContainerStateTerminated, ContainerStatus } from 'kubernetes-types/core/v1';
import { humanDuration } from '../age';
import { ageColumn, column, nameColumn, wideColumn } from '../columns';
import type { Column } from '../kind';
import type { Pod } from './pod-object';
import { isSidecar } from './pod-resources';

interface Summary {
  ready: number;
  total: number;
  restarts: number;
  /** Time of the last restart in milliseconds since 1970; 0 when there was none */
  restartedAt: number;
  word: string;
}

const hasCondition = (pod: Pod, type: string) =>
  pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

const endOf = (status: ContainerStatus) => Date.parse(status.lastState?.terminated?.finishedAt ?? '') || 0;

function countRestarts(summary: Summary, status: ContainerStatus): void {
  summary.restarts += status.restartCount ?? 0;
  summary.restartedAt = Math.max(summary.restartedAt, endOf(status));
}

const exitWord = ({ reason, signal, exitCode }: ContainerStateTerminated) =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);

function firstWord(pod: Pod): string {
  const gated = pod.status?.conditions?.some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || 'Unknown';
}

/** The word for an init container that holds the pod up; undefined when it does not. */
function initWord(status: ContainerStatus, index: number, total: number): string | undefined {
  const { terminated, waiting } = status.state ?? {};
  if (terminated) return terminated.exitCode === 0 ? undefined : `Init:${exitWord(terminated)}`;
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${index}/${total}`;
}

/** Reads the init containers into the summary; true while the pod is still initializing. */
function readInitContainers(pod: Pod, summary: Summary, sidecars: Summary): boolean {
  const containers = pod.spec?.initContainers ?? [];
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const container = containers.find(({ name }) => name === status.name);
    const sidecar = container !== undefined && isSidecar(container);
    countRestarts(summary, status);
    if (sidecar) countRestarts(sidecars, status);
    if (sidecar && status.started && !status.state?.terminated) {
      if (status.ready) summary.ready += 1;
      continue;
    }
    const word = initWord(status, index, containers.length);
    if (word) {
      summary.word = word;
      return true;
    }
  }
  return false;
}

/** Reads the app containers; the first one with something to say has the last word. */
function readContainers(pod: Pod, summary: Summary): void {
  let isRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(summary, status);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) summary.word = waiting.reason;
    else if (terminated) summary.word = exitWord(terminated);
    else if (status.ready && running) {
      isRunning = true;
      summary.ready += 1;
    }
  }
  if (summary.word === 'Completed' && isRunning) summary.word = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
}

function summarize(pod: Pod): Summary {
  const sidecarCount = (pod.spec?.initContainers ?? []).filter(isSidecar).length;
  const total = (pod.spec?.containers.length ?? 0) + sidecarCount;
  const summary: Summary = { ready: 0, total, restarts: 0, restartedAt: 0, word: firstWord(pod) };
  const sidecars: Summary = { ...summary };
  const initializing = readInitContainers(pod, summary, sidecars);
  if (!initializing || hasCondition(pod, 'Initialized')) {
    // Once the app runs, restarts of ordinary init containers are history.
    summary.restarts = sidecars.restarts;
    summary.restartedAt = sidecars.restartedAt;
    readContainers(pod, summary);
  }
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (pod.metadata.deletionTimestamp && pod.status?.reason === 'NodeLost') summary.word = 'Unknown';
  else if (pod.metadata.deletionTimestamp && !ended) summary.word = 'Terminating';
  return summary;
}

/** The word under STATUS: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`, ... */
export function podStatusWord(pod: Pod): string {
  return summarize(pod).word;
}

function restartsText(pod: Pod, now: Date): string {
  const { restarts, restartedAt } = summarize(pod);
  if (!restarts || !restartedAt) return String(restarts);
  return `${restarts} (${humanDuration(now.getTime() - restartedAt)} ago)`;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (!gates.length) return '<none>';
  return `${gates.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${gates.length}`;
}

/** The columns of pods. */
export function podColumns(): Column<Pod>[] {
  return [
    nameColumn,
    column('Ready', 'string', 'The aggregate readiness state of this pod for accepting traffic.', (pod) => {
      const { ready, total } = summarize(pod);
      return `${ready}/${total}`;
    }),
    column('Status', 'string', 'The aggregate status of the containers in this pod.', podStatusWord),
    column(
      'Restarts',
      'string',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
      restartsText,
    ),
    ageColumn,
    wideColumn('IP', 'string', 'IP address allocated to the pod.', (pod) => pod.status?.podIP || '<none>'),
    wideColumn('Node', 'string', 'The node this pod runs on.', (pod) => pod.spec?.nodeName || '<none>'),
    wideColumn(
      'Nominated Node',
      'string',
      'The node the pod is to run on once the pods it preempts there are gone.',
      (pod) => pod.status?.nominatedNodeName || '<none>',
    ),
    wideColumn(
      'Readiness Gates',
      'string',
      'Conditions beyond its containers that must be true for the pod to be ready.',
      readinessGates,
    ),
  ];
}
