/**
 * A runtime without containers: for scale, for tests, and for machines without Docker.
 *
 * Sandboxes and containers are records; a container "runs" until it is stopped or until the fate its environment asks for
 * (`simulated-behaviour.ts` lists them). Everything else is as with Docker: same states, events, errors and exit codes, so the
 * kubelet cannot tell. Time comes from a clock that tests move by hand.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type Duplex, PassThrough, Readable } from 'node:stream';
import type { SimulatedNetwork } from '../network/simulated-network';
import { type Clock, realClock } from './clock';
import { parseImageReference } from './image-reference';
import {
  type ContainerConfig,
  type ContainerStatus,
  type ContainerUsage,
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
import { behaviourOf, canPull, canRun, simulateExec } from './simulated-behaviour';
import { dialSimulated } from './simulated-port';
import { type SimulatedContainer, SimulatedState } from './simulated-state';

const IMAGE_BYTES = 1024 * 1024;
const SIGKILL_EXIT_CODE = 137;

export interface SimulatedRuntimeOptions {
  readonly network: SimulatedNetwork;
  /** survives restarts in this file; absent: memory only */
  readonly stateFile?: string;
  readonly clock?: Clock;
}

export function createSimulatedRuntime(options: SimulatedRuntimeOptions): Runtime {
  return new SimulatedRuntime(options);
}

class SimulatedRuntime implements Runtime {
  private readonly network: SimulatedNetwork;
  private readonly clock: Clock;
  private readonly state: SimulatedState;
  private readonly handlers = new Set<RuntimeEventHandler>();
  /** ways to call off what a container would do later, by container id */
  private readonly plans = new Map<string, () => void>();
  private readonly endListeners = new Map<string, Set<() => void>>();
  private isClosed = false;

  constructor(options: SimulatedRuntimeOptions) {
    this.network = options.network;
    this.clock = options.clock ?? realClock;
    this.state = new SimulatedState(options.stateFile);
    for (const { pod, ip, state } of this.state.sandboxes.values()) {
      if (state === 'ready' && ip !== '') this.network.restore(pod.uid, ip);
    }
    for (const container of this.state.containers.values()) this.planEnd(container);
  }

  async info(): Promise<RuntimeInfo> {
    return { name: 'simulated', version: '1', cgroupVersion: 2 };
  }

  async listSandboxes(podUid?: string): Promise<SandboxStatus[]> {
    return this.state.sandboxesOf(podUid).sort((a, b) => b.attempt - a.attempt);
  }

  async listContainers(podUid?: string): Promise<ContainerStatus[]> {
    const statuses = this.state.containersOf(podUid).map((container) => container.status);
    return statuses.sort((a, b) => b.attempt - a.attempt);
  }

  watchEvents(handler: RuntimeEventHandler): () => void {
    this.handlers.add(handler);
    return () => void this.handlers.delete(handler);
  }

  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    let ip = '';
    if (!config.hostNetwork) {
      try {
        ({ ip } = await this.network.attach(config.pod, 0, config.portMappings));
      } catch (error) {
        throw new RuntimeError('CreatePodSandboxError', error instanceof Error ? error.message : String(error));
      }
    }
    const sandbox: SandboxStatus = {
      id: newId(),
      pod: config.pod,
      attempt: config.attempt,
      state: 'ready',
      ip,
      createdAt: this.clock.now(),
      hostNetwork: config.hostNetwork,
      labels: config.labels,
    };
    this.state.putSandbox(sandbox);
    this.emit('started', sandbox.id, config.pod.uid);
    return sandbox;
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.state.sandboxes.get(sandboxId);
    if (!sandbox) return;
    for (const { status } of this.membersOf(sandbox)) this.end(status.id, SIGKILL_EXIT_CODE);
    if (sandbox.state === 'notReady') return;
    if (!sandbox.hostNetwork) await this.network.detach(sandbox.pod.uid);
    this.state.putSandbox({ ...sandbox, state: 'notReady', ip: '' });
    this.emit('died', sandboxId, sandbox.pod.uid);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.state.sandboxes.get(sandboxId);
    if (!sandbox) return;
    await this.stopSandbox(sandboxId);
    for (const { status } of this.membersOf(sandbox)) await this.removeContainer(status.id);
    this.state.remove(sandboxId);
    this.emit('removed', sandboxId, sandbox.pod.uid);
  }

  async startContainer(sandbox: SandboxStatus, config: ContainerConfig): Promise<ContainerStatus> {
    const image = await this.imageStatus(config.image);
    if (!image) throw new RuntimeError('ErrImagePull', `image "${config.image}" is not present on this node`);
    if (this.state.sandboxes.get(sandbox.id)?.state !== 'ready') {
      throw new RuntimeError('CreateContainerError', `sandbox ${sandbox.id} of pod ${sandbox.pod.name} does not run`);
    }
    const container = this.newContainer(sandbox, config, image.id);
    this.state.putContainer(container);
    if (!canRun(config)) {
      const error = `exec: "${config.command[0]}": executable file not found in $PATH`;
      container.status = { ...container.status, ...this.endedNow(127), error };
      throw new RuntimeError('RunContainerError', error);
    }
    container.status = { ...container.status, state: 'running', startedAt: this.clock.now() };
    this.emit('started', container.status.id, sandbox.pod.uid);
    this.planEnd(container);
    return container.status;
  }

  async stopContainer(containerId: string, graceSeconds: number): Promise<void> {
    const container = this.state.containers.get(containerId);
    if (container?.status.state !== 'running') return;
    const { stopSeconds, stopExitCode } = container.behaviour;
    const isKilled = graceSeconds <= 0 || stopSeconds > graceSeconds;
    const waitSeconds = Math.max(0, Math.min(stopSeconds, graceSeconds));
    if (waitSeconds > 0) await new Promise<void>((resolve) => void this.clock.after(waitSeconds, resolve));
    this.end(containerId, isKilled ? SIGKILL_EXIT_CODE : stopExitCode);
  }

  async removeContainer(containerId: string): Promise<void> {
    const container = this.state.containers.get(containerId);
    if (!container) return;
    this.end(containerId, SIGKILL_EXIT_CODE);
    this.state.remove(containerId);
    this.emit('removed', containerId, container.status.pod.uid);
  }

  /** Absent until pulled, as on a fresh node; the project's own images are always there. */
  async imageStatus(image: string): Promise<ImageStatus | undefined> {
    const name = fullName(image);
    if (image.startsWith('minik8s/') && canPull(image) && !this.state.images.has(name)) return this.addImage(name);
    return this.state.images.get(name);
  }

  async pullImage(image: string): Promise<string> {
    const name = fullName(image);
    if (!canPull(image)) throw new RuntimeError('ErrImagePull', `manifest for ${image} not found: manifest unknown`);
    return (this.state.images.get(name) ?? this.addImage(name)).id;
  }

  async listImages(): Promise<ImageStatus[]> {
    return [...this.state.images.values()];
  }

  async removeImage(imageId: string): Promise<void> {
    for (const [name, image] of this.state.images) if (image.id === imageId) this.state.images.delete(name);
    this.state.changed();
  }

  async exec(containerId: string, request: ExecRequest): Promise<ExecSession> {
    const container = this.running(containerId);
    const outcome = simulateExec(request.command, container.behaviour);
    const stdin = request.stdin ? new PassThrough() : undefined;
    const source = outcome.isCat && stdin ? stdin : Readable.from([outcome.stdout]);
    const stdout = request.stdout ? source : undefined;
    const stderr = request.stderr && !request.tty ? Readable.from([outcome.stderr]) : undefined;
    let finish: (code: number) => void = () => {};
    const exitCode = new Promise<number>((resolve) => {
      finish = resolve;
    });
    if (outcome.isCat && stdin) stdin.once('end', () => finish(outcome.exitCode));
    else setImmediate(() => finish(outcome.exitCode));
    return {
      stdin,
      stdout,
      stderr,
      exitCode,
      resize: async () => {},
      close: () => {
        stdin?.destroy();
        finish(SIGKILL_EXIT_CODE);
      },
    };
  }

  async attach(containerId: string, request: Omit<ExecRequest, 'command'>): Promise<ExecSession> {
    this.running(containerId);
    const stdout = new PassThrough();
    let finish: (code: number) => void = () => {};
    const exitCode = new Promise<number>((resolve) => {
      finish = resolve;
    });
    const end = () => {
      stdout.end();
      finish(this.state.containers.get(containerId)?.status.exitCode ?? 0);
    };
    const stopListening = this.onEnd(containerId, end);
    return {
      stdin: request.stdin ? new PassThrough().resume() : undefined,
      stdout: request.stdout ? stdout : undefined,
      stderr: undefined,
      exitCode,
      resize: async () => {},
      close: () => {
        stopListening();
        end();
      },
    };
  }

  async dial(sandbox: SandboxStatus, port: number): Promise<Duplex> {
    if (this.state.sandboxes.get(sandbox.id)?.state !== 'ready') {
      throw new RuntimeError('NotFound', `sandbox ${sandbox.id} is not running`);
    }
    return dialSimulated(sandbox.pod, port);
  }

  async logs(containerId: string, request: LogRequest): Promise<Readable> {
    const container = this.state.containers.get(containerId);
    if (!container) throw new RuntimeError('NotFound', `no such container: ${containerId}`);
    const stream = new PassThrough();
    const { startedAt } = container.status;
    const isWanted =
      startedAt !== undefined && request.tailLines !== 0 && !(request.since && request.since > startedAt);
    const stamp = request.timestamps ? `${startedAt?.toISOString()} ` : '';
    if (isWanted && container.status.error === undefined) stream.write(`${stamp}${container.output}`);
    if (request.follow && container.status.state === 'running') {
      const stopListening = this.onEnd(containerId, () => stream.end());
      stream.once('close', stopListening);
    } else stream.end();
    return stream;
  }

  async diskPaths(): Promise<readonly string[]> {
    return [];
  }

  async usage(containerId: string): Promise<ContainerUsage | undefined> {
    const container = this.state.containers.get(containerId);
    if (container?.status.state !== 'running' || !container.status.startedAt) return undefined;
    const at = this.clock.now();
    const cpuNanoCores = container.behaviour.cpuMillicores * 1e6;
    const seconds = (at.getTime() - container.status.startedAt.getTime()) / 1000;
    const { memoryBytes } = container.behaviour;
    return {
      at,
      cpuNanoCores,
      cpuNanoSecondsTotal: Math.round(cpuNanoCores * seconds),
      memoryUsageBytes: memoryBytes,
      memoryWorkingSetBytes: memoryBytes,
      memoryRssBytes: memoryBytes,
      pageFaults: 0,
      majorPageFaults: 0,
    };
  }

  /** What runs goes on "running" when there is a state file: the next runtime finds it. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const callOff of this.plans.values()) callOff();
    this.plans.clear();
    this.handlers.clear();
    this.state.flush();
  }

  private newContainer(sandbox: SandboxStatus, config: ContainerConfig, imageId: string): SimulatedContainer {
    const { namespace, name } = sandbox.pod;
    return {
      behaviour: behaviourOf(config),
      tty: config.tty,
      output: `simulated container ${config.name} of pod ${namespace}/${name} started (attempt ${config.attempt})\n`,
      status: {
        id: newId(),
        sandboxId: sandbox.id,
        pod: sandbox.pod,
        name: config.name,
        attempt: config.attempt,
        specHash: config.specHash,
        state: 'created',
        image: config.image,
        imageId,
        createdAt: this.clock.now(),
        oomKilled: false,
        labels: config.labels,
      },
    };
  }

  private endedNow(
    exitCode: number,
  ): Pick<ContainerStatus, 'state' | 'startedAt' | 'finishedAt' | 'exitCode'> & object {
    const now = this.clock.now();
    return { state: 'exited', startedAt: now, finishedAt: now, exitCode };
  }

  /** Ends a running container now. */
  private end(containerId: string, exitCode: number, oomKilled = false): void {
    const container = this.state.containers.get(containerId);
    if (container?.status.state !== 'running') return;
    this.plans.get(containerId)?.();
    this.plans.delete(containerId);
    container.status = { ...container.status, state: 'exited', exitCode, oomKilled, finishedAt: this.clock.now() };
    this.state.changed();
    if (oomKilled) this.emit('oom', containerId, container.status.pod.uid);
    this.emit('died', containerId, container.status.pod.uid);
    for (const listener of this.endListeners.get(containerId) ?? []) listener();
    this.endListeners.delete(containerId);
  }

  /** Arranges the end its environment asks for; one that is overdue after a restart comes at once. */
  private planEnd({ status, behaviour }: SimulatedContainer): void {
    const { exitAfterSeconds, exitCode, isOomKilled } = behaviour;
    if (status.state !== 'running' || !status.startedAt || exitAfterSeconds === undefined) return;
    const passed = (this.clock.now().getTime() - status.startedAt.getTime()) / 1000;
    const end = () => this.end(status.id, exitCode, isOomKilled);
    this.plans.set(status.id, this.clock.after(Math.max(0, exitAfterSeconds - passed), end));
  }

  private onEnd(containerId: string, listener: () => void): () => void {
    const listeners = this.endListeners.get(containerId) ?? new Set();
    listeners.add(listener);
    this.endListeners.set(containerId, listeners);
    return () => void listeners.delete(listener);
  }

  /** Later, never inside the call that caused it: with Docker an event cannot overtake its answer's caller either. */
  private emit(type: RuntimeEvent['type'], containerId: string, podUid: string): void {
    const event: RuntimeEvent = { type, containerId, podUid, at: this.clock.now() };
    setImmediate(() => {
      if (!this.isClosed) for (const handler of this.handlers) handler.onEvent(event);
    });
  }

  private membersOf(sandbox: SandboxStatus): SimulatedContainer[] {
    return this.state.containersOf(sandbox.pod.uid).filter(({ status }) => status.sandboxId === sandbox.id);
  }

  private running(containerId: string): SimulatedContainer {
    const container = this.state.containers.get(containerId);
    if (container?.status.state === 'running') return container;
    throw new RuntimeError('NotFound', `container ${containerId} is not running`);
  }

  private addImage(name: string): ImageStatus {
    const id = `sha256:${createHash('sha256').update(name).digest('hex')}`;
    const image: ImageStatus = { id, tags: [name], digests: [], sizeBytes: IMAGE_BYTES, user: '' };
    this.state.images.set(name, image);
    this.state.changed();
    return image;
  }
}

function fullName(image: string): string {
  const { repository, version } = parseImageReference(image);
  return `${repository}:${version}`;
}

/** 64 hexadecimal digits, as Docker's. */
function newId(): string {
  return randomBytes(32).toString('hex');
}
