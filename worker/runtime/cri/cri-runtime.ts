/**
 * Pods on any container runtime that speaks Kubernetes' CRI: containerd, CRI-O.
 *
 * The interface has Kubernetes' own ideas (sandboxes, containers that join them), so most of a method is one call. What a Docker runtime
 * does by itself and these leave to the kubelet is done here: logs are read from their files and rotated, states are looked at. The pod's
 * network is made by the runtime through CNI plugins; host ports and limits of traffic are ours, added when the address is known.
 * https://kubernetes.io/docs/concepts/architecture/cri/
 */
import { mkdirSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import type { Logger } from '../../../helper/process/component';
import type { CniNetwork } from '../../network/pod-network';
import { UsageMeter } from '../cgroup-usage';
import type { Ownership } from '../docker-labels';
import { makeMissingFolders, OomScoreLimit } from '../host-conditions';
import { dialHost, LOOPBACK, PodDialer } from '../pod-dialer';
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
} from '../runtime';
import type { CriCalls } from './cri-api';
import { CALL_LIMIT_MS, CriClient, isNotFound } from './cri-client';
import {
  criContainerConfig,
  criSandboxConfig,
  logDirectoryOf,
  logNameOf,
  OWN_LABEL,
  sandboxConfigIn,
} from './cri-config';
import { CriContainers } from './cri-containers';
import { type RuntimeFacts, readRuntimeFacts } from './cri-facts';
import { CriImages } from './cri-images';
import { startAttach, startExec } from './cri-streams';
import { LogKeeper } from './log-keeper';
import { openLog } from './log-reader';
import { removeLog } from './log-rotation';
import { limitProcesses, writableLayerOf } from './process-facts';

/** As a RuntimeClass calls what runs without one here, on a node whose other pods run elsewhere. */
const DEFAULT_HANDLER = 'containerd';

const handlerOf = ({ runtimeHandler = '' }: SandboxConfig) =>
  runtimeHandler === DEFAULT_HANDLER ? '' : runtimeHandler;

/** Making a sandbox waits for the CNI plugins, a start for the kernel. */
const START_LIMIT_MS = 120_000;
/** For the death of a container after SIGKILL, with room. */
const KILL_LIMIT_MS = 20_000;
const INFO_LIMIT_MS = 5_000;

export interface CriRuntimeOptions {
  /** `unix:///path` */
  readonly endpoint: string;
  readonly protoFile: string;
  /** tells clusters on one runtime apart */
  readonly clusterId: string;
  readonly nodeName: string;
  readonly network: CniNetwork;
  /** where containers' logs are written */
  readonly logRoot: string;
  readonly log: Logger;
}

/** A runtime that connects pods itself. */
export interface NetworkedRuntime extends Runtime {
  /** Why it cannot connect pods now, in its words; undefined when it can. */
  networkProblem(): Promise<string | undefined>;
}

/** Does not wait for the runtime: one that is down is RuntimeUnavailable at the first call and found again when it is up. */
export async function createCriRuntime(options: CriRuntimeOptions): Promise<NetworkedRuntime> {
  return new CriRuntime(await CriClient.open(options.endpoint, options.protoFile), options);
}

class CriRuntime implements NetworkedRuntime {
  private readonly owner: Ownership;
  private readonly containers: CriContainers;
  private readonly images: CriImages;
  private readonly logKeeper: LogKeeper;
  private readonly oomScore: OomScoreLimit;
  private readonly dialer = new PodDialer();
  private readonly meter = new UsageMeter();
  private facts: Promise<RuntimeFacts> | undefined;

  constructor(
    private readonly client: CriClient,
    private readonly options: CriRuntimeOptions,
  ) {
    this.owner = { clusterId: options.clusterId, nodeName: options.nodeName };
    this.containers = new CriContainers(client, this.owner, options.log);
    this.images = new CriImages(client);
    this.logKeeper = new LogKeeper(
      client,
      () => this.listContainers(),
      (status) => this.logPathOf(status),
      options.log,
    );
    this.oomScore = new OomScoreLimit(options.log);
  }

  async info(): Promise<RuntimeInfo> {
    const { runtimeName, runtimeVersion } = await this.client.call(
      'Version',
      { version: '0.1.0' },
      'RuntimeUnavailable',
      INFO_LIMIT_MS,
    );
    const { cgroupVersion, cgroupDriver, handlers } = await this.knownFacts();
    const named = { name: runtimeName, version: runtimeVersion, handlers: [DEFAULT_HANDLER, ...handlers] };
    return { ...named, cgroupVersion, cgroupDriver };
  }

  async networkProblem(): Promise<string | undefined> {
    const { status } = await this.client.call('Status', { verbose: false });
    const network = status?.conditions.find(({ type }) => type === 'NetworkReady');
    return network?.status === false ? network.message || network.reason : undefined;
  }

  listSandboxes(podUid?: string): Promise<SandboxStatus[]> {
    return this.containers.listSandboxes(podUid);
  }

  listContainers(podUid?: string): Promise<ContainerStatus[]> {
    return this.containers.listContainers(podUid);
  }

  watchEvents(handler: RuntimeEventHandler): () => void {
    return this.containers.watch(handler);
  }

  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    const notReady = config.hostNetwork ? undefined : this.options.network.notReadyReason();
    if (notReady) throw new RuntimeError('CreatePodSandboxError', `network is not ready: ${notReady}`);
    const body = criSandboxConfig(config, { owner: this.owner, logRoot: this.options.logRoot });
    mkdirSync(body.logDirectory, { recursive: true });
    const request = { config: body, runtimeHandler: handlerOf(config) };
    const { podSandboxId } = await this.client
      .call('RunPodSandbox', request, 'CreatePodSandboxError', START_LIMIT_MS)
      .catch((error: unknown) => {
        // Where an earlier sandbox has left logs, they stay.
        void rmdir(body.logDirectory).catch(() => {});
        throw error;
      });
    try {
      const status = await this.containers.sandbox(podSandboxId);
      if (!status) throw new RuntimeError('CreatePodSandboxError', 'the sandbox ended at once');
      if (!config.hostNetwork) await this.adopt(config, status);
      return status;
    } catch (error) {
      await this.removeSandbox(podSandboxId).catch(() => {});
      throw error;
    }
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    const sandbox = await this.containers.sandbox(sandboxId);
    if (!sandbox) return;
    await this.unlessGone('StopPodSandbox', { podSandboxId: sandboxId }, START_LIMIT_MS);
    this.containers.forget(sandboxId);
    // A newer sandbox of the same pod may hold the pod's ports by now; then they are not ours to free.
    const [newest] = await this.listSandboxes(sandbox.pod.uid);
    if (newest?.id === sandboxId && !sandbox.hostNetwork) await this.options.network.detach(sandbox.pod.uid);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const sandbox = await this.containers.sandbox(sandboxId);
    if (!sandbox) return;
    await this.stopSandbox(sandboxId);
    const members = (await this.listContainers(sandbox.pod.uid)).filter((one) => one.sandboxId === sandboxId);
    await Promise.all(members.map((one) => this.removeContainer(one.id)));
    await this.unlessGone('RemovePodSandbox', { podSandboxId: sandboxId }, START_LIMIT_MS);
    this.containers.forget(sandboxId);
    if ((await this.listSandboxes(sandbox.pod.uid)).length > 0) return;
    await rm(logDirectoryOf(this.options.logRoot, sandbox.pod), { recursive: true, force: true });
  }

  async startContainer(sandbox: SandboxStatus, config: ContainerConfig): Promise<ContainerStatus> {
    const [{ features }, joined] = await Promise.all([this.knownFacts(), this.configOf(sandbox)]);
    makeMissingFolders(config);
    const place = { owner: this.owner, sandboxId: sandbox.id, sandbox: joined, features };
    const body = criContainerConfig(this.withPossibleScore(config), place);
    const sandboxConfig = criSandboxConfig(joined, { owner: this.owner, logRoot: this.options.logRoot });
    mkdirSync(dirname(join(sandboxConfig.logDirectory, body.logPath)), { recursive: true });
    const containerId = await this.create({ podSandboxId: sandbox.id, config: body, sandboxConfig });
    await this.client.call('StartContainer', { containerId }, 'RunContainerError', START_LIMIT_MS);
    const status = await this.containers.existing(containerId);
    if (status.pid) limitProcesses(status.pid, config.resources.pidsLimit, features.cgroupVersion);
    return status;
  }

  async stopContainer(containerId: string, graceSeconds: number): Promise<void> {
    const timeout = Math.max(0, Math.ceil(graceSeconds));
    await this.unlessGone('StopContainer', { containerId, timeout }, timeout * 1000 + KILL_LIMIT_MS);
  }

  async removeContainer(containerId: string): Promise<void> {
    const status = await this.containers.container(containerId);
    await this.unlessGone('RemoveContainer', { containerId }, CALL_LIMIT_MS);
    this.containers.forget(containerId);
    this.meter.forget(containerId);
    if (status) await removeLog(this.logPathOf(status));
  }

  imageStatus(image: string): Promise<ImageStatus | undefined> {
    return this.images.status(image);
  }

  pullImage(image: string, auth?: { readonly username: string; readonly password: string }): Promise<string> {
    return this.images.pull(image, auth);
  }

  listImages(): Promise<ImageStatus[]> {
    return this.images.list();
  }

  removeImage(imageId: string): Promise<void> {
    return this.images.remove(imageId);
  }

  exec(containerId: string, request: ExecRequest): Promise<ExecSession> {
    return startExec(this.client, containerId, request);
  }

  async attach(containerId: string, request: Omit<ExecRequest, 'command'>): Promise<ExecSession> {
    const { labels, state } = await this.containers.existing(containerId);
    if (state !== 'running') throw new RuntimeError('NotFound', `container ${containerId} is not running`);
    const input = labels[OWN_LABEL.input] ?? '';
    const exitCodeOf = async () => (await this.containers.container(containerId))?.exitCode ?? 0;
    const wanted = { ...request, tty: input.includes('tty') };
    return await startAttach(this.client, containerId, wanted, { endsWithStdin: input.includes('once'), exitCodeOf });
  }

  /** Throws NotFound where the sandbox does not run. */
  async dial(sandbox: SandboxStatus, port: number, at: DialAddress): Promise<Duplex> {
    const known = await this.containers.sandbox(sandbox.id, 'SANDBOX_READY');
    if (known?.state !== 'ready') throw new RuntimeError('NotFound', `sandbox ${sandbox.id} is not running`);
    if (at === 'podAddress' && !known.hostNetwork) return await dialHost([known.ip], port);
    if (known.hostNetwork) return await dialHost(LOOPBACK, port);
    if (known.pid === undefined)
      throw new RuntimeError('NotFound', 'the container runtime names no process of the pod');
    return await this.dialer.dial(sandbox.id, known.pid, port);
  }

  async logs(containerId: string, request: LogRequest): Promise<Readable> {
    const path = this.logPathOf(await this.containers.existing(containerId));
    const isRunning = async () => (await this.containers.container(containerId))?.state === 'running';
    return openLog({ path, isRunning }, request);
  }

  async usage(containerId: string): Promise<ContainerUsage | undefined> {
    const status = await this.containers.container(containerId, 'CONTAINER_RUNNING');
    if (status?.state !== 'running' || status.pid === undefined) return undefined;
    return this.meter.measure(containerId, status.pid, status.startedAt ?? status.createdAt);
  }

  async diskPaths(containerId: string): Promise<readonly string[]> {
    const status = await this.containers.container(containerId, 'CONTAINER_RUNNING');
    if (!status) return [];
    const layer = status.pid === undefined ? undefined : writableLayerOf(status.pid);
    return [dirname(this.logPathOf(status)), ...(layer === undefined ? [] : [layer])];
  }

  async close(): Promise<void> {
    this.containers.close();
    this.logKeeper.close();
    this.dialer.close();
    this.client.close();
  }
  private knownFacts(): Promise<RuntimeFacts> {
    this.facts ??= readRuntimeFacts(this.client).catch((error) => {
      this.facts = undefined;
      throw error;
    });
    return this.facts;
  }

  private async adopt({ pod, portMappings, bandwidth }: SandboxConfig, { ip, pid }: SandboxStatus): Promise<void> {
    try {
      if (pid === undefined) throw new Error('the container runtime names no process of the pod');
      await this.options.network.adopt(pod, { ip, pid }, portMappings, bandwidth);
    } catch (error) {
      const text = `failed to set up the pod's network: ${error instanceof Error ? error.message : String(error)}`;
      throw new RuntimeError('CreatePodSandboxError', text, { cause: error });
    }
  }

  /** The config the sandbox was made with. */
  private async configOf({ id }: SandboxStatus): Promise<SandboxConfig> {
    const config = sandboxConfigIn(await this.containers.annotationsOf(id));
    if (!config) throw new RuntimeError('CreateContainerError', `sandbox ${id} was not made by this kubelet`);
    return config;
  }

  private withPossibleScore(config: ContainerConfig): ContainerConfig {
    const { oomScoreAdj } = config.resources;
    if (oomScoreAdj === undefined) return config;
    return { ...config, resources: { ...config.resources, oomScoreAdj: this.oomScore.possible(oomScoreAdj) } };
  }

  private async create(request: CriCalls['CreateContainer'][0]): Promise<string> {
    try {
      return (await this.client.call('CreateContainer', request, 'CreateContainerError', START_LIMIT_MS)).containerId;
    } catch (error) {
      const { image } = request.config.image;
      if (isNotFound(error) && !(await this.images.status(image))) {
        throw new RuntimeError('ErrImagePull', `image "${image}" is not present on this node`, { cause: error });
      }
      throw error;
    }
  }

  private logPathOf(status: ContainerStatus): string {
    return join(logDirectoryOf(this.options.logRoot, status.pod), logNameOf(status));
  }

  /** For what is to be gone: that it is gone already is no error. */
  private async unlessGone<M extends 'StopPodSandbox' | 'RemovePodSandbox' | 'StopContainer' | 'RemoveContainer'>(
    name: M,
    request: CriCalls[M][0],
    limitMs: number,
  ): Promise<void> {
    await this.client.call(name, request, 'RuntimeUnavailable', limitMs).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
