/**
 * Pods on Docker: a pause container holds a pod's network and IPC namespaces, app containers join it.
 *
 * The flow: make and end sandboxes and containers. A start is three calls (create, start, inspect), a look at a pod none: states
 * are remembered and made stale by Docker's events (`known-containers`). Containers carry labels, so that a restarted kubelet
 * adopts them and clusters on one Docker do not see each other (`docker-labels`). exec, attach, logs and port-forward are
 * `docker-streams`. Failures are RuntimeErrors with a Kubernetes reason (`docker-call`).
 * https://kubernetes.io/docs/concepts/architecture/cri/
 */
import type { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Logger } from '../../helper/process/component';
import type { PodNetwork } from '../network/pod-network';
import {
  appContainerOptions,
  type JoinedSandbox,
  PAUSE_OOM_SCORE_ADJ,
  pauseContainerOptions,
} from './container-options';
import { callDocker, messageOf, statusOf } from './docker-call';
import { findImage, listImages, pullImage, removeImage } from './docker-images';
import { isSandbox, LABEL, type Ownership, podOf } from './docker-labels';
import { containerStatusOf, diskPathsOf, type Inspection, sandboxStatusOf } from './docker-state';
import { DockerStreams } from './docker-streams';
import { hostCapabilities } from './host-capabilities';
import { checkRecursion, makeMissingFolders, OomScoreLimit, readSeccompProfile } from './host-conditions';
import { ImageUsers } from './image-users';
import { KnownContainers } from './known-containers';
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
  readonly CgroupDriver?: string;
  readonly DockerRootDir?: string;
  readonly Runtimes?: Readonly<Record<string, unknown>>;
}

/** Does not wait for Docker: a daemon that is down is RuntimeUnavailable at the first call and found again when it is up. */
export async function createDockerRuntime(options: DockerRuntimeOptions): Promise<Runtime> {
  // Loaded here and not at the top: only a node with Docker pays for it.
  const { loadDockerode } = await import('./load-dockerode');
  return new DockerRuntime(loadDockerode(options.socketPath), options);
}

class DockerRuntime implements Runtime {
  private readonly owner: Ownership;
  private readonly containers: KnownContainers;
  private readonly streams: DockerStreams;
  private readonly imageUsers: ImageUsers;
  private readonly oomScore: OomScoreLimit;
  private readonly capabilities = hostCapabilities();
  private known: RuntimeInfo | undefined;
  private rootDirectory = '/var/lib/docker';

  constructor(
    private readonly docker: Docker,
    private readonly options: DockerRuntimeOptions,
  ) {
    this.owner = { clusterId: options.clusterId, nodeName: options.nodeName };
    const forgetInfo = () => {
      this.known = undefined;
    };
    this.containers = new KnownContainers(docker, this.owner, forgetInfo, options.log);
    this.streams = new DockerStreams(docker, this.containers);
    this.imageUsers = new ImageUsers(docker);
    this.oomScore = new OomScoreLimit(options.log);
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
        const { ServerVersion: version, CgroupDriver: driver } = info;
        const cgroupVersion = info.CgroupVersion === '2' ? 2 : 1;
        const isKnown = driver === 'cgroupfs' || driver === 'systemd';
        const imageDirectory = this.rootDirectory;
        this.known = {
          name: 'docker',
          version,
          cgroupVersion,
          imageDirectory,
          ...(isKnown ? { cgroupDriver: driver } : {}),
          handlers: ['docker', ...Object.keys(info.Runtimes ?? {})],
        };
        return this.known;
      },
      INFO_LIMIT_MS,
    );
  }

  async listSandboxes(podUid?: string): Promise<SandboxStatus[]> {
    const all = await this.containers.all(podUid);
    return all
      .filter((one) => isSandbox(one.Config.Labels))
      .map((one) => this.sandboxStatus(one))
      .sort((a, b) => b.attempt - a.attempt);
  }

  async listContainers(podUid?: string): Promise<ContainerStatus[]> {
    const all = await this.containers.all(podUid);
    return all
      .filter((one) => !isSandbox(one.Config.Labels))
      .map((one) => this.containerStatus(one))
      .sort((a, b) => b.attempt - a.attempt || b.createdAt.getTime() - a.createdAt.getTime());
  }

  watchEvents(handler: RuntimeEventHandler): () => void {
    return this.containers.watch(handler);
  }

  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    const notReady = config.hostNetwork ? undefined : this.options.network.notReadyReason();
    if (notReady) throw new RuntimeError('CreatePodSandboxError', `network is not ready: ${notReady}`);
    const body = pauseContainerOptions(config, {
      owner: this.owner,
      pauseImage: this.options.pauseImage,
      oomScoreAdj: this.oomScore.possible(PAUSE_OOM_SCORE_ADJ),
    });
    const id = await this.create(body, 'CreatePodSandboxError');
    try {
      await this.start(id, 'CreatePodSandboxError');
      const inspection = await this.containers.fresh(id);
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
    const sandbox = await this.containers.get(sandboxId);
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
    const sandbox = await this.containers.get(sandboxId);
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
        : { ...config.resources, oomScoreAdj: this.oomScore.possible(oomScoreAdj) };
    const identity = await this.imageUsers.identityOf(config);
    const body = appContainerOptions({ ...config, ...identity, resources }, joined, {
      owner: this.owner,
      dockerRoot: this.rootDirectory,
      capabilities: this.capabilities,
      ...readSeccompProfile(config.seccomp),
    });
    const id = await this.create(body, 'CreateContainerError');
    try {
      await this.start(id, 'RunContainerError');
    } finally {
      // Also after a failed start: its exit code and message are the status of the container that is left.
      await this.containers.fresh(id).catch(() => {});
    }
    return this.containerStatus(await this.containers.existing(id));
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
    this.containers.touch(containerId);
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
    return listImages(this.docker, this.options.pauseImage);
  }

  removeImage(imageId: string): Promise<void> {
    return removeImage(this.docker, imageId);
  }

  exec(containerId: string, request: ExecRequest): Promise<ExecSession> {
    return this.streams.exec(containerId, request);
  }

  attach(containerId: string, request: Omit<ExecRequest, 'command'>): Promise<ExecSession> {
    return this.streams.attach(containerId, request);
  }

  dial(sandbox: SandboxStatus, port: number, at: DialAddress): Promise<Duplex> {
    return this.streams.dial(sandbox, port, at);
  }

  logs(containerId: string, request: LogRequest): Promise<Readable> {
    return this.streams.logs(containerId, request);
  }

  usage(containerId: string): Promise<ContainerUsage | undefined> {
    return this.containers.usage(containerId);
  }

  async diskPaths(containerId: string): Promise<readonly string[]> {
    const inspection = await this.containers.get(containerId);
    return inspection ? diskPathsOf(inspection) : [];
  }

  async close(): Promise<void> {
    this.containers.close();
    this.streams.close();
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
      const left = await this.containers.inspect(body.name ?? '');
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
      await this.options.network.attach(config.pod, pid, config.portMappings, config.bandwidth);
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
    this.containers.forget(id);
  }

  private async joinedSandbox(sandbox: SandboxStatus): Promise<JoinedSandbox> {
    const { HostConfig, Config } = await this.containers.existing(sandbox.id);
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
    const status = containerStatusOf(inspection, this.containers.sawOom(inspection.Id));
    const user = this.containers.userOf(inspection);
    return user ? { ...status, user } : status;
  }
}
