/**
 * What this node knows of its containers on Docker: the last answer, a memory kill, the last reading of use.
 *
 * The owner of everything that is remembered between two calls. Docker's events make an answer stale (`container-cache`), tell the
 * kubelet, and end the memory of what was removed, so nothing grows with the containers that ever ran. What is asked for here is
 * asked only where no event would have told of a change. https://kubernetes.io/docs/concepts/architecture/cri/
 */
import type Docker from 'dockerode';
import type { Logger } from '../../helper/process/component';
import { UsageMeter } from './cgroup-usage';
import { ContainerCache, type Listed } from './container-cache';
import { callDocker, statusOf } from './docker-call';
import { followDockerEvents } from './docker-events';
import { LABEL, type Ownership, ownedFilter } from './docker-labels';
import type { Inspection } from './docker-state';
import { readProcessUser } from './process-user';
import {
  type ContainerUsage,
  type ProcessUser,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeEventHandler,
} from './runtime';

export class KnownContainers {
  private readonly cache: ContainerCache;
  private readonly meter = new UsageMeter();
  /** by container and process id: a process that changes its user later still began as this one */
  private readonly users = new Map<string, { readonly pid: number; readonly user: ProcessUser | undefined }>();
  private readonly handlers = new Set<RuntimeEventHandler>();
  /** containers with a memory kill; Docker's own flag misses those of child processes */
  private readonly oomSeen = new Set<string>();
  private readonly stopFollowing: () => void;

  /** `onConnected`: Docker answers (again); it may be another version of it. */
  constructor(
    private readonly docker: Docker,
    private readonly owner: Ownership,
    onConnected: () => void,
    log: Logger,
  ) {
    this.cache = new ContainerCache({ list: () => this.listOwned(), inspect: (id) => this.inspect(id) });
    this.stopFollowing = followDockerEvents(
      docker,
      owner,
      {
        onConnected: (isAgain) => {
          this.cache.setFollowing(true);
          onConnected();
          if (isAgain) for (const handler of this.handlers) handler.onResync();
        },
        onDisconnected: () => this.cache.setFollowing(false),
        onEvent: (event) => this.onEvent(event),
      },
      log,
    );
  }

  /** Sandboxes and app containers alike, of one pod or of all. */
  all(podUid?: string): Promise<Inspection[]> {
    return this.cache.all(podUid);
  }

  /** undefined: there is no such container */
  get(id: string): Promise<Inspection | undefined> {
    return this.cache.get(id);
  }

  /** Whom a running container's first process began as; one file is read, once. */
  userOf({ Id: id, State: { Running, Pid: pid } }: Inspection): ProcessUser | undefined {
    const known = this.users.get(id);
    if (known && (!Running || known.pid === pid)) return known.user;
    if (!Running || pid <= 0) return undefined;
    const user = readProcessUser(pid);
    this.users.set(id, { pid, user });
    return user;
  }

  /** Throws NotFound. */
  async existing(id: string): Promise<Inspection> {
    const inspection = await this.cache.get(id);
    if (!inspection) throw new RuntimeError('NotFound', `no such container: ${id}`);
    return inspection;
  }

  /** Asks Docker, whatever is known. Throws NotFound. */
  async fresh(id: string): Promise<Inspection> {
    this.cache.touch(id);
    return await this.existing(id);
  }

  /** Asks Docker and remembers nothing; takes a name too. undefined: there is no such container. */
  async inspect(id: string): Promise<Inspection | undefined> {
    return await callDocker(`inspect container ${id}`, 'RuntimeUnavailable', async (abortSignal) => {
      try {
        return await this.docker.getContainer(id).inspect({ abortSignal } as object);
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    });
  }

  /** We changed this container ourselves; the event will follow. */
  touch(id: string): void {
    this.cache.touch(id);
  }

  /** It was removed. */
  forget(id: string): void {
    this.cache.forget(id);
    this.meter.forget(id);
    this.users.delete(id);
    this.oomSeen.delete(id);
  }

  sawOom(id: string): boolean {
    return this.oomSeen.has(id);
  }

  /** undefined: it does not run */
  async usage(id: string): Promise<ContainerUsage | undefined> {
    const inspection = await this.cache.get(id);
    if (!inspection?.State.Running) return undefined;
    return this.meter.measure(id, inspection.State.Pid, new Date(inspection.State.StartedAt));
  }

  /** Tells the handler of every change from now on; returns the way to stop. */
  watch(handler: RuntimeEventHandler): () => void {
    this.handlers.add(handler);
    return () => void this.handlers.delete(handler);
  }

  close(): void {
    this.stopFollowing();
    this.handlers.clear();
  }

  private onEvent(event: RuntimeEvent): void {
    if (event.type === 'oom') this.oomSeen.add(event.containerId);
    if (event.type === 'removed') this.forget(event.containerId);
    else this.cache.markStale(event.containerId, event.podUid);
    for (const handler of this.handlers) handler.onEvent(event);
  }

  private async listOwned(): Promise<Listed[]> {
    const listed = await callDocker('list containers', 'RuntimeUnavailable', (abortSignal) =>
      this.docker.listContainers({ all: true, filters: { label: ownedFilter(this.owner) }, abortSignal }),
    );
    return listed.map((one) => ({ id: one.Id, podUid: one.Labels[LABEL.podUid] ?? '', state: one.State }));
  }
}
