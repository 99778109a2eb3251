/**
 * Pods on Docker: a pause container holds a pod's network and IPC namespaces, app containers join it.
 *
 * A start is three calls (create, start, inspect), a look at a pod none: states are remembered and made stale by Docker's
 * events (`container-cache`, `docker-events`). Containers carry labels, so that a restarted kubelet adopts them and clusters
 * on one Docker do not see each other (`docker-labels`). Failures are RuntimeErrors with a Kubernetes reason (`docker-call`).
 * https://kubernetes.io/docs/concepts/architecture/cri/
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Logger } from '../../helper/process/component';
import type { PodNetwork } from '../network/pod-network';
import { UsageMeter } from './cgroup-usage';
import { ContainerCache, type Listed } from './container-cache';
import {
  appContainerOptions,
  type JoinedSandbox,
  PAUSE_OOM_SCORE_ADJ,
  pauseContainerOptions,
} from './container-options';
import { callDocker, messageOf, statusOf } from './docker-call';
import { followDockerEvents } from './docker-events';
import { findImage, listImages, pullImage, removeImage } from './docker-images';
import { isSandbox, LABEL, type Ownership, ownedFilter, podOf } from './docker-labels';
import { containerStatusOf, type Inspection, sandboxStatusOf } from './docker-state';
import { startAttach, startExec } from './exec-session';
import { ImageUsers } from './image-users';
import { openLogs } from './log-stream';
import { canLowerOomScore } from './oom-score';
import { dialHost, LOOPBACK, PodDialer } from './pod-dialer';
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
  type RuntimeEvent,
  type RuntimeEventHandler,
  type RuntimeInfo,
  type SandboxConfig,
  type SandboxStatus,
} from './runtime';

/** Docker's own limit for the death of a container after SIGKILL, with room. */
const KILL_LIMIT_MS = 20_000;
const START_LIMIT_MS = 120_000;
/** A check whether Docker lives at all. */
const INFO_LIMIT_MS = 5_000;

export interface DockerRuntimeOptions {
  readonly socketPath: string;
  /** tells clusters on one Docker apart */
  readonly clusterId: string;
  readonly nodeName: string;
  readonly network: PodNetwork;
  readonly pauseImage: string;
  readonly log: Logger;
}

/** dockerode takes a signal for these too; its types do not say so. */
interface AbortableChecks {
  ping(options: { abortSignal: AbortSignal }): Promise<unknown>;
  info(options: { abortSignal: AbortSignal }): Promise<unknown>;
}

interface DockerInfo {
  readonly ServerVersion: string;
  readonly CgroupVersion?: string;
  readonly DockerRootDir?: string;
}

/** Does not wait for Docker: a daemon that is down is RuntimeUnavailable at the first call and found again when it is up. */
export async function createDockerRuntime(options: DockerRuntimeOptions): Promise<Runtime> {
  // Loaded here and not at the top: only a node with Docker pays for it.
  const { loadDockerode } = await import('./load-dockerode');
  return new DockerRuntime(loadDockerode(options.socketPath), options);
}

class DockerRuntime implements Runtime {
  private readonly owner: Ownership;
  private readonly cache: ContainerCache;
  private readonly meter = new UsageMeter();
  private readonly dialer = new PodDialer();
  private readonly imageUsers: ImageUsers;
  private readonly handlers = new Set<RuntimeEventHandler>();
  /** containers with a memory kill; Docker's own flag misses those of child processes */
  private readonly oomSeen = new Set<string>();
  private readonly stopFollowing: () => void;
  private readonly canLowerOomScore = canLowerOomScore();
  private hasSaidOomScore = false;
  private known: RuntimeInfo | undefined;
  private rootDirectory = '/var/lib/docker';

  constructor(
    private readonly docker: Docker,
    private readonly options: DockerRuntimeOptions,
  ) {
    this.imageUsers = new ImageUsers(docker);
    this.owner = { clusterId: options.clusterId, nodeName: options.nodeName };
    this.cache = new ContainerCache({ list: () => this.listOwned(), inspect: (id) => this.inspect(id) });
    this.stopFollowing = followDockerEvents(
      docker,
      this.owner,
      {
        onConnected: (isAgain) => {
          this.cache.setFollowing(true);
          this.known = undefined;
          if (isAgain) for (const handler of this.handlers) handler.onResync();
        },
        onDisconnected: () => this.cache.setFollowing(false),
        onEvent: (event) => this.onEvent(event),
      },
      options.log,
    );
  }

  async info(): Promise<RuntimeInfo> {
    return await callDocker(
      'info',
      'RuntimeUnavailable',
      async (abortSignal) => {
        const docker: Docker & AbortableChecks = this.docker;
        if (this.known) {
          await docker.ping({ abortSignal });
          return this.known;
        }
        const info = (await docker.info({ abortSignal })) as DockerInfo;
        this.rootDirectory = info.DockerRootDir || this.rootDirectory;
        this.known = { name: 'docker', version: info.ServerVersion, cgroupVersion: info.CgroupVersion === '2' ? 2 : 1 };
        return this.known;
      },
      INFO_LIMIT_MS,
    );
  }

  async listSandboxes(podUid?: string): Promise<SandboxStatus[]> {
    const all = await this.cache.all(podUid);
    return all
      .filter((one) => isSandbox(one.Config.Labels))
      .map((one) => this.sandboxStatus(one))
      .sort((a, b) => b.attempt - a.attempt);
  }

  async listContainers(podUid?: string): Promise<ContainerStatus[]> {
    const all = await this.cache.all(podUid);
    return all
      .filter((one) => !isSandbox(one.Config.Labels))
      .map((one) => this.containerStatus(one))
      .sort((a, b) => b.attempt - a.attempt || b.createdAt.getTime() - a.createdAt.getTime());
  }

  watchEvents(handler: RuntimeEventHandler): () => void {
    this.handlers.add(handler);
    return () => void this.handlers.delete(handler);
  }

  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    const notReady = config.hostNetwork ? undefined : this.options.network.notReadyReason();
    if (notReady) throw new RuntimeError('CreatePodSandboxError', `network is not ready: ${notReady}`);
    const body = pauseContainerOptions(config, {
      owner: this.owner,
      pauseImage: this.options.pauseImage,
      oomScoreAdj: this.possibleOomScore(PAUSE_OOM_SCORE_ADJ),
    });
    const id = await this.create(body, 'CreatePodSandboxError');
    try {
      await this.start(id, 'CreatePodSandboxError');
      const inspection = await this.fresh(id);
      const pid = inspection.State.Pid;
      if (!inspection.State.Running || pid <= 0) {
        throw new RuntimeError('CreatePodSandboxError', `the pause container ended at once: ${inspection.State.Error}`);
      }
      if (!config.hostNetwork) await this.attachNetwork(config, pid);
      return this.sandboxStatus(inspection);
    } catch (error) {
      await this.remove(id).catch(() => {});
      throw error;
    }
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    const sandbox = await this.cache.get(sandboxId);
    if (!sandbox) return;
    const pod = podOf(sandbox.Config.Labels);
    const members = (await this.listContainers(pod.uid)).filter((one) => one.sandboxId === sandboxId);
    await Promise.all(members.filter((one) => one.state === 'running').map((one) => this.stopContainer(one.id, 0)));
    // A newer sandbox of the same pod may hold the pod's address by now; then it is not ours to free.
    const isNewest = (await this.listSandboxes(pod.uid))[0]?.id === sandboxId;
    if (isNewest && sandbox.HostConfig.NetworkMode !== 'host') await this.options.network.detach(pod.uid);
    await this.stopContainer(sandboxId, 0);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const sandbox = await this.cache.get(sandboxId);
    if (!sandbox) return;
    await this.stopSandbox(sandboxId);
    const members = await this.listContainers(podOf(sandbox.Config.Labels).uid);
    await Promise.all(members.filter((one) => one.sandboxId === sandboxId).map((one) => this.remove(one.id)));
    await this.remove(sandboxId);
  }

  async startContainer(sandbox: SandboxStatus, config: ContainerConfig): Promise<ContainerStatus> {
    const joined = await this.joinedSandbox(sandbox);
    makeMissingFolders(config);
    checkRecursion(config, this.known?.version ?? '');
    const { oomScoreAdj } = config.resources;
    const resources =
      oomScoreAdj === undefined
        ? config.resources
        : { ...config.resources, oomScoreAdj: this.possibleOomScore(oomScoreAdj) };
    const identity = await this.imageUsers.identityOf(config);
    const body = appContainerOptions({ ...config, ...identity, resources }, joined, {
      owner: this.owner,
      dockerRoot: this.rootDirectory,
      ...readSeccompProfile(config.seccomp),
    });
    const id = await this.create(body, 'CreateContainerError');
    try {
      await this.start(id, 'RunContainerError');
    } finally {
      // Also after a failed start: its exit code and message are the status of the container that is left.
      await this.fresh(id).catch(() => {});
    }
    return this.containerStatus(await this.existing(id));
  }

  async stopContainer(containerId: string, graceSeconds: number): Promise<void> {
    const seconds = Math.max(0, Math.ceil(graceSeconds));
    await callDocker(
      `stop container ${containerId}`,
      'RuntimeUnavailable',
      async (abortSignal) => {
        const container = this.docker.getContainer(containerId);
        try {
          if (seconds === 0) await container.kill({ abortSignal });
          else await container.stop({ t: seconds, abortSignal });
        } catch (error) {
          // 304: had stopped already. 404: is gone. 409: a kill found it not running.
          if (![304, 404, 409].includes(statusOf(error) ?? 0)) throw error;
        }
      },
      seconds * 1000 + KILL_LIMIT_MS,
    );
    this.cache.touch(containerId);
  }

  async removeContainer(containerId: string): Promise<void> {
    await this.remove(containerId);
  }

  imageStatus(image: string): Promise<ImageStatus | undefined> {
    return findImage(this.docker, image);
  }

  pullImage(image: string, auth?: { readonly username: string; readonly password: string }): Promise<string> {
    return pullImage(this.docker, image, auth);
  }

  listImages(): Promise<ImageStatus[]> {
    return listImages(this.docker);
  }

  removeImage(imageId: string): Promise<void> {
    return removeImage(this.docker, imageId);
  }

  exec(containerId: string, request: ExecRequest): Promise<ExecSession> {
    return startExec(this.docker, containerId, request);
  }

  async attach(containerId: string, request: Omit<ExecRequest, 'command'>): Promise<ExecSession> {
    const { Config, State } = await this.existing(containerId);
    if (!State.Running) throw new RuntimeError('NotFound', `container ${containerId} is not running`);
    const isRunning = async () => (await this.inspect(containerId))?.State.Running ?? false;
    const exitCodeOf = async () => {
      const ended = await this.inspect(containerId);
      return ended && !ended.State.Running ? ended.State.ExitCode : 0;
    };
    const attached = { isRunning, exitCodeOf, endsWithStdin: Config.StdinOnce };
    return await startAttach(this.docker, containerId, { ...request, tty: Config.Tty }, attached);
  }

  async dial(sandbox: SandboxStatus, port: number, at: DialAddress): Promise<Duplex> {
    const { State } = await this.existing(sandbox.id);
    if (!State.Running) throw new RuntimeError('NotFound', `sandbox ${sandbox.id} is not running`);
    if (at === 'podAddress' && !sandbox.hostNetwork) return await dialHost([sandbox.ip], port);
    if (sandbox.hostNetwork) return await dialHost(LOOPBACK, port);
    return await this.dialer.dial(sandbox.id, State.Pid, port);
  }

  async logs(containerId: string, request: LogRequest): Promise<Readable> {
    const { Config } = await this.existing(containerId);
    return await openLogs(this.docker, containerId, request, Config.Tty);
  }

  async usage(containerId: string): Promise<ContainerUsage | undefined> {
    const inspection = await this.cache.get(containerId);
    if (!inspection?.State.Running) return undefined;
    return this.meter.measure(containerId, inspection.State.Pid, new Date(inspection.State.StartedAt));
  }

  async close(): Promise<void> {
    this.stopFollowing();
    this.dialer.close();
    this.handlers.clear();
  }

  private onEvent(event: RuntimeEvent): void {
    if (event.type === 'oom') this.oomSeen.add(event.containerId);
    if (event.type === 'removed') this.forget(event.containerId);
    else this.cache.markStale(event.containerId, event.podUid);
    for (const handler of this.handlers) handler.onEvent(event);
  }

  private async create(body: Docker.ContainerCreateOptions, reason: 'CreatePodSandboxError' | 'CreateContainerError') {
    const image = body.Image ?? '';
    const createOnce = () =>
      callDocker(`create container ${body.name}`, reason, async (abortSignal) => {
        try {
          return (await this.docker.createContainer({ ...body, abortSignal })).id;
        } catch (error) {
          if (statusOf(error) === 404 && /no such image/i.test(messageOf(error))) {
            throw new RuntimeError('ErrImagePull', `image "${image}" is not present on this node`, { cause: error });
          }
          throw error;
        }
      });
    try {
      return await createOnce();
    } catch (error) {
      // A kubelet that died between create and start left one of this name; it never ran, so it is made anew.
      if (!(error instanceof RuntimeError) || statusOf(error.cause) !== 409) throw error;
      const left = await this.inspect(body.name ?? '');
      if (!left || left.State.Running || left.Config.Labels?.[LABEL.cluster] !== this.owner.clusterId) throw error;
      await this.remove(left.Id);
      return await createOnce();
    }
  }

  private async start(id: string, reason: 'CreatePodSandboxError' | 'RunContainerError'): Promise<void> {
    await callDocker(
      `start container ${id}`,
      reason,
      (abortSignal) => this.docker.getContainer(id).start({ abortSignal }),
      START_LIMIT_MS,
    );
  }

  private async attachNetwork(config: SandboxConfig, pid: number): Promise<void> {
    try {
      await this.options.network.attach(config.pod, pid, config.portMappings);
    } catch (error) {
      await this.options.network.detach(config.pod.uid).catch(() => {});
      const text = `failed to set up the pod's network: ${messageOf(error)}`;
      throw new RuntimeError('CreatePodSandboxError', text, { cause: error });
    }
  }

  /** Idempotent; kills what still runs, and takes the image's anonymous volumes along. */
  private async remove(id: string): Promise<void> {
    await callDocker(`remove container ${id}`, 'RuntimeUnavailable', async (abortSignal) => {
      try {
        await this.docker.getContainer(id).remove({ force: true, v: true, abortSignal });
      } catch (error) {
        // 409: its removal is already under way.
        if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
      }
    });
    this.forget(id);
  }

  private forget(id: string): void {
    this.cache.forget(id);
    this.meter.forget(id);
    this.oomSeen.delete(id);
  }

  private async inspect(id: string): Promise<Inspection | undefined> {
    return await callDocker(`inspect container ${id}`, 'RuntimeUnavailable', async (abortSignal) => {
      try {
        return await this.docker.getContainer(id).inspect({ abortSignal } as object);
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    });
  }

  private async listOwned(): Promise<Listed[]> {
    const listed = await callDocker('list containers', 'RuntimeUnavailable', (abortSignal) =>
      this.docker.listContainers({ all: true, filters: { label: ownedFilter(this.owner) }, abortSignal }),
    );
    return listed.map((one) => ({ id: one.Id, podUid: one.Labels[LABEL.podUid] ?? '', state: one.State }));
  }

  /** Asks Docker, whatever is known. Throws NotFound. */
  private async fresh(id: string): Promise<Inspection> {
    this.cache.touch(id);
    return await this.existing(id);
  }

  private async existing(id: string): Promise<Inspection> {
    const inspection = await this.cache.get(id);
    if (!inspection) throw new RuntimeError('NotFound', `no such container: ${id}`);
    return inspection;
  }

  private async joinedSandbox(sandbox: SandboxStatus): Promise<JoinedSandbox> {
    const { HostConfig, Config } = await this.existing(sandbox.id);
    return {
      id: sandbox.id,
      pod: sandbox.pod,
      hostNetwork: sandbox.hostNetwork,
      sharePid: Config.Labels?.[LABEL.sharePid] === '1',
      hostPid: HostConfig.PidMode === 'host',
      hostIpc: HostConfig.IpcMode === 'host',
      cgroupParent: HostConfig.CgroupParent ?? '',
      runtimeHandler: HostConfig.Runtime ?? '',
    };
  }

  private sandboxStatus(inspection: Inspection): SandboxStatus {
    const ip = this.options.network.ipOf(podOf(inspection.Config.Labels).uid) ?? '';
    return sandboxStatusOf(inspection, ip);
  }

  private containerStatus(inspection: Inspection): ContainerStatus {
    return containerStatusOf(inspection, this.oomSeen.has(inspection.Id));
  }

  private possibleOomScore(wanted: number): number {
    if (wanted >= 0 || this.canLowerOomScore) return wanted;
    if (!this.hasSaidOomScore) {
      this.hasSaidOomScore = true;
      this.options.log.warn('no CAP_SYS_RESOURCE on this machine: negative oom_score_adj is raised to 0');
    }
    return 0;
  }
}

/** A hostPath that does not exist is made as a folder, as Kubernetes' runtimes do; a file would have to exist already. */
function makeMissingFolders(config: ContainerConfig): void {
  for (const { hostPath } of config.mounts) {
    if (existsSync(hostPath)) continue;
    try {
      mkdirSync(hostPath, { recursive: true });
    } catch (error) {
      throw new RuntimeError('CreateContainerError', `cannot make mount source "${hostPath}": ${messageOf(error)}`);
    }
  }
}

/** Since this version Docker makes mounts below a read-only mount read-only, when the kernel can. */
const FIRST_RECURSIVE_VERSION = 25;

/** An older Docker would take the option and leave mounts below writable. */
function checkRecursion({ mounts }: ContainerConfig, dockerVersion: string): void {
  const demanding = mounts.find(({ recursiveReadOnly }) => recursiveReadOnly === 'always');
  if (!demanding || Number.parseInt(dockerVersion, 10) >= FIRST_RECURSIVE_VERSION) return;
  const what = `mount "${demanding.containerPath}" requested recursive read-only mode`;
  throw new RuntimeError('CreateContainerConfigError', `${what}, but it is not supported by Docker ${dockerVersion}`);
}

/** A profile named by a path is read here; Docker takes its text. */
function readSeccompProfile(seccomp: string | undefined): { seccompProfile?: string } {
  if (!seccomp?.startsWith('/')) return {};
  try {
    return { seccompProfile: readFileSync(seccomp, 'utf8') };
  } catch (error) {
    throw new RuntimeError('CreateContainerError', `cannot load seccomp profile "${seccomp}": ${messageOf(error)}`);
  }
}
