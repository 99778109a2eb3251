/**
 * From the words of a path (`<namespace>/<pod>/[<uid>/]<container>`) to what the runtime runs.
 */
import type { Pod } from '../../../helper/api/core/pod';
import type { Cache } from '../../../helper/client/informer';
import type { ContainerStatus, Runtime, SandboxStatus } from '../../runtime/runtime';
import { newestSandbox } from '../plan-pod';
import { mirroredUid } from '../static-pods';
import { logContainer, runningContainer } from './find-container';
import { HttpError } from './http-error';

export class PodFinder {
  constructor(
    private readonly pods: Cache<Pod>,
    private readonly runtime: Runtime,
  ) {}

  /** The container to exec in or attach to. Throws HttpErrors. */
  async runningContainer(place: readonly string[]): Promise<ContainerStatus> {
    const { pod, container } = this.named(place);
    return runningContainer(pod, await this.containersOf(pod), container);
  }

  /** The container whose log is wanted. Throws HttpErrors. */
  async logContainer(place: readonly string[], previous: boolean): Promise<ContainerStatus> {
    const { pod, container } = this.named(place);
    return logContainer(pod, await this.containersOf(pod), container, previous);
  }

  /** The sandbox to connect into. Throws HttpErrors. */
  async runningSandbox([namespace = '', name = '']: readonly string[]): Promise<{ pod: Pod; sandbox: SandboxStatus }> {
    const pod = this.podOf(namespace, name);
    const sandbox = newestSandbox(await this.runtime.listSandboxes(pod.metadata.uid));
    if (sandbox?.state === 'ready') return { pod, sandbox };
    throw new HttpError(500, `pod not found ("${name}_${namespace}"): it has no running sandbox`);
  }

  private named(place: readonly string[]): { pod: Pod; container: string } {
    const [namespace = '', name = ''] = place;
    const pod = this.podOf(namespace, name);
    const [third = '', fourth] = place.slice(2);
    // The uid may stand between pod and container.
    return { pod, container: fourth !== undefined && third === pod.metadata.uid ? fourth : third };
  }

  private podOf(namespace: string, name: string): Pod {
    const pod = this.pods.get(namespace, name);
    // What runs for a mirror is the static pod it shows.
    const uid = mirroredUid(pod);
    if (pod && uid !== undefined) return { ...pod, metadata: { ...pod.metadata, uid } };
    if (pod) return pod;
    throw new HttpError(404, `pod "${name}" not found`);
  }

  private containersOf(pod: Pod): Promise<ContainerStatus[]> {
    return this.runtime.listContainers(pod.metadata.uid);
  }
}
