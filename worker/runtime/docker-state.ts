/**
 * From Docker's inspect answer to the runtime's status. Pure.
 *
 * Docker has no state "could not be started": such a container stays `created` with an exit code and a message, and counts as
 * exited here, as it did for dockershim. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
 */
import { dirname } from 'node:path';
import type Docker from 'dockerode';
import { attemptOf, LABEL, podOf } from './docker-labels';
import type { ContainerState, ContainerStatus, SandboxStatus } from './runtime';

export type Inspection = Docker.ContainerInspectInfo;

/** Docker writes year 1 for "never". */
function dateOf(text: string | undefined): Date | undefined {
  return text && !text.startsWith('0001-') ? new Date(text) : undefined;
}

function stateOf({ State }: Inspection): ContainerState {
  if (State.Running) return 'running';
  if (dateOf(State.FinishedAt) || State.ExitCode !== 0) return 'exited';
  return State.Status === 'created' ? 'created' : 'unknown';
}

/** `sawOomEvent`: Docker's flag misses a kill whose victim was not the container's first process. */
export function containerStatusOf(inspection: Inspection, sawOomEvent: boolean): ContainerStatus {
  const { State, Config } = inspection;
  const labels = Config.Labels ?? {};
  const state = stateOf(inspection);
  const createdAt = new Date(inspection.Created);
  const startedAt = dateOf(State.StartedAt) ?? (state === 'exited' ? createdAt : undefined);
  const ended = state === 'exited';
  return {
    id: inspection.Id,
    sandboxId: labels[LABEL.sandboxId] ?? '',
    pod: podOf(labels),
    name: labels[LABEL.containerName] ?? '',
    attempt: attemptOf(labels),
    specHash: labels[LABEL.specHash] ?? '',
    state,
    image: Config.Image,
    imageId: inspection.Image,
    createdAt,
    ...(startedAt ? { startedAt } : {}),
    ...(ended ? { finishedAt: dateOf(State.FinishedAt) ?? createdAt, exitCode: State.ExitCode } : {}),
    oomKilled: ended && (State.OOMKilled || (sawOomEvent && State.ExitCode === 137)),
    ...(State.Error ? { error: State.Error } : {}),
    ...(State.Running && State.Pid > 0 ? { pid: State.Pid } : {}),
    labels,
  };
}

export function sandboxStatusOf(inspection: Inspection, ip: string): SandboxStatus {
  const { State, Config, HostConfig } = inspection;
  const labels = Config.Labels ?? {};
  const hostNetwork = HostConfig.NetworkMode === 'host';
  return {
    id: inspection.Id,
    pod: podOf(labels),
    attempt: attemptOf(labels),
    state: State.Running ? 'ready' : 'notReady',
    ip: State.Running && !hostNetwork ? ip : '',
    createdAt: new Date(inspection.Created),
    ...(State.Running && State.Pid > 0 ? { pid: State.Pid } : {}),
    hostNetwork,
    labels,
  };
}

/** Where on this host the container writes: the folder of its logs, and what it changed of its image. */
export function diskPathsOf({ LogPath, GraphDriver }: Inspection): string[] {
  const layer = (GraphDriver as { Data?: { UpperDir?: string } } | undefined)?.Data?.UpperDir;
  return [LogPath && dirname(LogPath), layer].flatMap((path) => (path ? [path] : []));
}
