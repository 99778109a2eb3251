/**
 * Which container of the runtime a request for logs, exec or attach means. Pure.
 */
import type { Pod } from '../../../helper/api/core/pod';
import type { ContainerStatus } from '../../runtime/runtime';
import { hasEnded } from '../container-outcome';
import { HttpError } from './http-error';

function checkName(pod: Pod, name: string): void {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const all = [...containers, ...initContainers, ...ephemeralContainers];
  if (all.some((container) => container.name === name)) return;
  throw new HttpError(400, `container ${name} is not valid for pod ${pod.metadata.name}`);
}

function statusOf(pod: Pod, name: string) {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  return all.find((status) => status.name === name);
}

/** The container whose log is meant: the present life, or with `previous` the one before it. */
export function logContainer(
  pod: Pod,
  containers: readonly ContainerStatus[],
  name: string,
  previous: boolean,
): ContainerStatus {
  checkName(pod, name);
  const own = containers.filter((container) => container.name === name && isAlive(container));
  const [newest] = own;
  const status = statusOf(pod, name);
  // In crash back-off the newest container already is "the previous one": the next life has not begun.
  const isBetweenLives = newest !== undefined && hasEnded(newest) && status?.state?.waiting !== undefined;
  const found = previous && !isBetweenLives ? own.slice(1).find(hasEnded) : newest;
  if (found) return found;
  const podName = pod.metadata.name;
  if (previous) throw new HttpError(400, `previous terminated container "${name}" in pod "${podName}" not found`);
  const { reason, message } = status?.state?.waiting ?? { reason: 'ContainerCreating' };
  const isImage = reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
  const detail = isImage ? 'trying and failing to pull image' : (message ?? reason);
  throw new HttpError(400, `container "${name}" in pod "${podName}" is waiting to start: ${detail}`);
}

/** A container that was created and never started has nothing to show. */
function isAlive(container: ContainerStatus): boolean {
  return container.state !== 'created' || container.error !== undefined;
}

/** The running container to exec in or attach to. */
export function runningContainer(pod: Pod, containers: readonly ContainerStatus[], name: string): ContainerStatus {
  checkName(pod, name);
  const running = containers.find((container) => container.name === name && container.state === 'running');
  if (running) return running;
  throw new HttpError(500, `container not found ("${name}")`);
}
