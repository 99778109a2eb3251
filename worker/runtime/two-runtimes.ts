/**
 * A node with two runtimes, seen as one: Docker for pods that ask for nothing, a CRI runtime for those whose RuntimeClass names a handler
 * of its.
 *
 * A pod is wherever its sandbox was made, and stays there. This remembers where that was only to ask one runtime instead of two: what it
 * does not know (a restarted kubelet) it asks both for, so each runtime's own labels remain the truth. What concerns the node (lists,
 * events, images) is that of both. A list that one of them cannot give fails as a whole: nobody shall take a silent runtime for an empty one.
 * https://kubernetes.io/docs/concepts/containers/runtime-class/
 */
import type { Duplex, Readable } from 'node:stream';
import {
  type ContainerConfig,
  type ContainerStatus,
  type ContainerUsage,
  type DialAddress,
  type ExecRequest,
  type ExecSession,
  type ImageStatus,
  type LogRequest,
  type Runtime,
  RuntimeError,
  type RuntimeEventHandler,
  type RuntimeInfo,
  type SandboxConfig,
  type SandboxStatus,
} from './runtime';

/** Which of the runtimes has the handler; the first one for none, and for one that nobody has, which it will then refuse. Pure. */
export function choiceFor(handler: string, offers: readonly Pick<RuntimeInfo, 'handlers'>[]): number {
  if (handler === '') return 0;
  return Math.max(
    0,
    offers.findIndex(({ handlers }) => handlers?.includes(handler)),
  );
}

/** Images of both, one entry an id: it takes its space twice. Pure. */
export function mergeImages(lists: readonly (readonly ImageStatus[])[]): ImageStatus[] {
  const merged = new Map<string, ImageStatus>();
  for (const image of lists.flat()) {
    const other = merged.get(image.id);
    merged.set(image.id, other ? bothOf(other, image) : image);
  }
  return [...merged.values()];
}

function bothOf(one: ImageStatus, other: ImageStatus): ImageStatus {
  return {
    ...one,
    tags: [...new Set([...one.tags, ...other.tags])],
    digests: [...new Set([...one.digests, ...other.digests])],
    sizeBytes: one.sizeBytes + other.sizeBytes,
    isPinned: (one.isPinned ?? false) || (other.isPinned ?? false),
  };
}

/** `first` runs what names no handler, and gives the node its name and its folder of images. */
export function createTwoRuntimes(first: Runtime, second: Runtime): Runtime {
  return new TwoRuntimes(first, second);
}

type Listed = { readonly id: string; readonly pod: { readonly uid: string }; readonly attempt: number };

class TwoRuntimes implements Runtime {
  private readonly both: readonly Runtime[];
  /** of each pod, the runtimes that have had a sandbox of it; the newest is last */
  private readonly places = new Map<string, readonly Runtime[]>();
  /** of each sandbox and container */
  private readonly owners = new Map<string, { readonly runtime: Runtime; readonly podUid: string }>();
  private secondName: string | undefined;

  constructor(
    private readonly first: Runtime,
    private readonly second: Runtime,
  ) {
    this.both = [first, second];
  }

  info(): Promise<RuntimeInfo> {
    return this.first.info();
  }

  of(podUid: string): Runtime {
    return this.places.get(podUid)?.at(-1) ?? this.first;
  }

  listSandboxes(podUid?: string): Promise<SandboxStatus[]> {
    return this.gather(podUid, (runtime) => runtime.listSandboxes(podUid));
  }

  async listContainers(podUid?: string): Promise<ContainerStatus[]> {
    return await this.gather(podUid, async (runtime) => {
      const found = await runtime.listContainers(podUid);
      if (runtime === this.first || found.length === 0) return found;
      return await Promise.all(found.map((one) => this.named(one, runtime)));
    });
  }

  watchEvents(handler: RuntimeEventHandler): () => void {
    const stops = this.both.map((runtime) =>
      runtime.watchEvents({
        onEvent: (event) => {
          if (event.type === 'removed') this.forget(event.containerId);
          else this.note(event.containerId, event.podUid, runtime);
          handler.onEvent(event);
        },
        onResync: () => handler.onResync(),
      }),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }

  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    const runtime = await this.runtimeFor(config);
    const sandbox = await runtime.runSandbox(config);
    const { uid } = config.pod;
    this.note(sandbox.id, uid, runtime);
    this.places.set(uid, [...(this.places.get(uid) ?? []).filter((place) => place !== runtime), runtime]);
    return sandbox;
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    await (await this.ownerOf(sandboxId)).stopSandbox(sandboxId);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    await (await this.ownerOf(sandboxId)).removeSandbox(sandboxId);
    this.forget(sandboxId);
  }

  async startContainer(sandbox: SandboxStatus, config: ContainerConfig): Promise<ContainerStatus> {
    const runtime = await this.ownerOf(sandbox.id);
    const status = await runtime.startContainer(sandbox, config);
    this.note(status.id, status.pod.uid, runtime);
    return await this.named(status, runtime);
  }

  async stopContainer(containerId: string, graceSeconds: number): Promise<void> {
    await (await this.ownerOf(containerId)).stopContainer(containerId, graceSeconds);
  }

  async removeContainer(containerId: string): Promise<void> {
    await (await this.ownerOf(containerId)).removeContainer(containerId);
    this.forget(containerId);
  }

  /** Of the first runtime, as {@link pullImage}: for a pod, ask {@link of} its runtime. */
  imageStatus(image: string): Promise<ImageStatus | undefined> {
    return this.first.imageStatus(image);
  }

  pullImage(image: string, auth?: { readonly username: string; readonly password: string }): Promise<string> {
    return this.first.pullImage(image, auth);
  }

  async listImages(): Promise<ImageStatus[]> {
    return mergeImages(await Promise.all(this.both.map((runtime) => runtime.listImages())));
  }

  async removeImage(imageId: string): Promise<void> {
    for (const runtime of this.both) {
      const has = (await runtime.listImages()).some(({ id }) => id === imageId);
      if (has) await runtime.removeImage(imageId);
    }
  }

  async exec(containerId: string, request: ExecRequest): Promise<ExecSession> {
    return await (await this.ownerOf(containerId)).exec(containerId, request);
  }

  async attach(containerId: string, request: Omit<ExecRequest, 'command'>): Promise<ExecSession> {
    return await (await this.ownerOf(containerId)).attach(containerId, request);
  }

  async dial(sandbox: SandboxStatus, port: number, at: DialAddress): Promise<Duplex> {
    return await (await this.ownerOf(sandbox.id)).dial(sandbox, port, at);
  }

  async logs(containerId: string, request: LogRequest): Promise<Readable> {
    return await (await this.ownerOf(containerId)).logs(containerId, request);
  }

  async usage(containerId: string): Promise<ContainerUsage | undefined> {
    return await (await this.ownerOf(containerId)).usage(containerId);
  }

  async diskPaths(containerId: string): Promise<readonly string[]> {
    return await (await this.ownerOf(containerId)).diskPaths(containerId);
  }

  async close(): Promise<void> {
    await Promise.all(this.both.map((runtime) => runtime.close()));
  }

  /** Pods have their control groups in one hierarchy, which only runtimes that name groups alike can share. */
  private async runtimeFor({ runtimeHandler = '' }: SandboxConfig): Promise<Runtime> {
    if (runtimeHandler === '') return this.first;
    const infos = await Promise.all(this.both.map((runtime) => runtime.info()));
    const [first, second] = infos;
    if (choiceFor(runtimeHandler, infos) === 0) return this.first;
    if (first?.cgroupDriver !== second?.cgroupDriver) {
      const drivers = infos.map(({ name, cgroupDriver }) => `${name} has "${cgroupDriver}"`).join(', ');
      throw new RuntimeError('CreatePodSandboxError', `the cgroup drivers of this node's runtimes differ: ${drivers}`);
    }
    return this.second;
  }

  /** What both say, or those the pod has been at. */
  private async gather<T extends Listed>(podUid: string | undefined, list: (runtime: Runtime) => Promise<T[]>) {
    const asked = (podUid === undefined ? undefined : this.places.get(podUid)) ?? this.both;
    const lists = await Promise.all(
      asked.map(async (runtime) => {
        const found = await list(runtime);
        for (const { id, pod } of found) this.note(id, pod.uid, runtime);
        return found;
      }),
    );
    const [only = [], ...others] = lists;
    return others.every((other) => other.length === 0) ? only : lists.flat().sort((a, b) => b.attempt - a.attempt);
  }

  /** Whose the sandbox or container is; that of an unknown one is found by looking. */
  private async ownerOf(id: string): Promise<Runtime> {
    const known = this.owners.get(id);
    if (known) return known.runtime;
    await Promise.all([this.listSandboxes(), this.listContainers()]);
    return this.owners.get(id)?.runtime ?? this.first;
  }

  /** Says in a status of the second runtime whose it is. */
  private async named(status: ContainerStatus, runtime: Runtime): Promise<ContainerStatus> {
    if (runtime === this.first) return status;
    this.secondName ??= (await runtime.info()).name;
    return { ...status, runtimeName: this.secondName };
  }

  private note(id: string, podUid: string, runtime: Runtime): void {
    if (this.owners.get(id)?.runtime !== runtime) this.owners.set(id, { runtime, podUid });
    const known = this.places.get(podUid) ?? [];
    if (!known.includes(runtime)) this.places.set(podUid, [...known, runtime]);
  }

  /** The last of a pod takes the memory of its place along. */
  private forget(id: string): void {
    const podUid = this.owners.get(id)?.podUid;
    if (podUid === undefined) return;
    this.owners.delete(id);
    for (const other of this.owners.values()) if (other.podUid === podUid) return;
    this.places.delete(podUid);
  }
}
