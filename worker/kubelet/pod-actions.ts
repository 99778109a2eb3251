/**
 * Executes the actions of a plan: each method does one, records its events, and remembers what failed.
 *
 * An expected failure (image, volume, sandbox) is remembered as a hold and answered with false: the rest of the plan no
 * longer fits. Only a runtime or API that is away throws.
 */
import type { Pod } from '../../helper/api/core/pod';
import { runtimeClassResource } from '../../helper/api/node/runtime-class';
import { isNotFound } from '../../helper/api/status-error';
import { RuntimeError, type SandboxStatus } from '../runtime/runtime';
import { MountError } from '../volumes/volume-manager';
import { sandboxConfig } from './container-config';
import { ContainerEndings } from './container-endings';
import { hasStorageLimits, storageOverLimit } from './eviction/local-storage';
import { containerFieldPath } from './pod-events';
import type { PodMemory } from './pod-memory';
import type { PodAction } from './pod-plan';
import type { PodServices } from './pod-services';
import { StartError, startContainer } from './start-container';

const LOG_TAIL_LINES = 80;
const LOG_TAIL_BYTES = 2048;
/** As often as Kubernetes' eviction manager looks. */
const SIZES_INTERVAL_MS = 10_000;

type ActionOf<T extends PodAction['type']> = Extract<PodAction, { type: T }>;

export class PodActions {
  private readonly endings: ContainerEndings;

  constructor(
    private readonly services: PodServices,
    private readonly memory: PodMemory,
    /** aborted when the pod is to end: nothing more is started then */
    private readonly isEnding: AbortSignal,
    /** asks for another look at the pod */
    private readonly wake: () => void,
  ) {
    this.endings = new ContainerEndings(services);
  }

  /** Does one action; false = the rest of the plan has to wait. */
  async execute(pod: Pod, action: PodAction, sandbox: SandboxStatus | undefined): Promise<boolean> {
    const { runtime } = this.services;
    switch (action.type) {
      case 'mountVolumes':
        return this.mountVolumes(pod);
      case 'unmountVolumes':
        await this.services.volumes.tearDown(pod.metadata.uid ?? '');
        this.memory.volumes = undefined;
        return true;
      case 'startContainer':
        return sandbox ? this.start(pod, action, sandbox) : false;
      case 'killContainer':
        await this.endings.end(pod, action);
        return true;
      case 'stopSandbox':
        await runtime.stopSandbox(action.sandboxId);
        return true;
      case 'removeSandbox':
        await runtime.removeSandbox(action.sandboxId);
        return true;
      case 'removeContainer':
        await runtime.removeContainer(action.containerId);
        this.memory.terminationMessages.delete(action.containerId);
        return true;
      default:
        throw new Error(`action "${action.type}" is not done here`);
    }
  }

  /** The new sandbox; undefined when it could not be made, with the pod held back. */
  async createSandbox(pod: Pod, action: ActionOf<'createSandbox'>): Promise<SandboxStatus | undefined> {
    const { services, memory } = this;
    const notReady = pod.spec?.hostNetwork ? undefined : services.networkNotReady();
    if (notReady) {
      const message = `network is not ready: ${notReady}`;
      this.report(pod, 'Warning', 'NetworkNotReady', message);
      memory.holdPod(services.now());
      return undefined;
    }
    if (action.replaces) {
      this.report(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    }
    try {
      const runtimeHandler = await this.runtimeHandler(pod);
      const cgroupParent = await services.cgroups.parentOf(pod);
      const config = sandboxConfig(pod, action.attempt, services.place, { runtimeHandler, cgroupParent });
      const sandbox = await services.starts.run(() => services.runtime.runSandbox(config));
      await services.cgroups.apply(pod, services.runningPods());
      memory.podHold = undefined;
      return sandbox;
    } catch (error) {
      if (error instanceof RuntimeError && error.reason === 'RuntimeUnavailable') throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.report(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${reason}`);
      memory.holdPod(services.now());
      return undefined;
    }
  }

  /** What the pod's RuntimeClass calls the way to run it; '' without one. */
  private async runtimeHandler(pod: Pod): Promise<string> {
    const name = pod.spec?.runtimeClassName;
    if (!name) return '';
    try {
      return (await this.services.client.get(runtimeClassResource, '', name)).handler ?? '';
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new Error(`failed to get sandbox runtime: RuntimeClass "${name}" not found`);
    }
  }

  /** Brings mounted volumes up to date when a referenced object changed or a token nears its end. */
  async refreshVolumes(pod: Pod): Promise<void> {
    const { memory, services } = this;
    if (memory.volumes === undefined) return;
    for (const { name, image } of memory.takeNewImageBackOffs(services.now())) {
      this.report(pod, 'Normal', 'BackOff', `Back-off pulling image "${image}"`, name);
      this.report(pod, 'Warning', 'Failed', 'Error: ImagePullBackOff', name);
    }
    const isDue = memory.refreshVolumesAt !== undefined && memory.refreshVolumesAt <= services.now();
    if (memory.volumesAreStale || isDue) await this.mountVolumes(pod);
  }

  /** Evicts the pod when it has written more to disk than it may. */
  async watchSizes(pod: Pod): Promise<void> {
    const { memory, services } = this;
    const now = services.now();
    const isDue = memory.lookAtSizesAt === undefined || memory.lookAtSizesAt <= now;
    if (!memory.volumes || memory.eviction || !isDue || !hasStorageLimits(pod)) return;
    memory.lookAtSizesAt = new Date(now.getTime() + SIZES_INTERVAL_MS);
    const message = await storageOverLimit(services.runtime, pod, memory.volumes);
    if (message === undefined) return;
    memory.eviction = { reason: 'Evicted', message };
    memory.lookAtSizesAt = undefined;
    this.report(pod, 'Warning', 'Evicted', message);
    this.wake();
  }

  /** A deletion with less grace than before reaches containers that are dying already. */
  shortenGrace(graceSeconds: number): void {
    this.endings.shorten(graceSeconds);
  }

  /** The last lines a container wrote, for a status that has no other words. */
  async endOfLog(containerId: string): Promise<string> {
    try {
      const stream = await this.services.runtime.logs(containerId, {
        follow: false,
        tailLines: LOG_TAIL_LINES,
        timestamps: false,
      });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
      return Buffer.concat(chunks).subarray(-LOG_TAIL_BYTES).toString('utf8');
    } catch {
      // No log, no words: the exit code still tells.
      return '';
    }
  }

  report(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void {
    const fieldPath = container ? { fieldPath: containerFieldPath(pod, container) } : {};
    this.services.event(pod, { type, reason, message, ...fieldPath });
  }

  private async mountVolumes(pod: Pod): Promise<boolean> {
    const { memory, services } = this;
    memory.volumesAreStale = false;
    try {
      const { volumes, refreshAt } = await services.volumes.setUp(pod, memory.volumes);
      memory.volumes = volumes;
      memory.refreshVolumesAt = refreshAt;
      memory.podHold = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof MountError)) throw error;
      this.report(pod, 'Warning', 'FailedMount', error.message);
      if (error.isWaiting) memory.holdBriefly(services.now());
      else memory.holdPod(services.now());
      memory.refreshVolumesAt = memory.volumes ? memory.podHold?.until : undefined;
      return false;
    }
  }

  private async start(pod: Pod, action: ActionOf<'startContainer'>, sandbox: SandboxStatus): Promise<boolean> {
    const { services, memory } = this;
    const { container, attempt, crashedAt } = action;
    if (action.isChanged) memory.forgetCrashes(container.name);
    if (crashedAt) memory.noteCrash(container.name, services.now());
    try {
      const volumes = memory.volumes ?? new Map();
      const kill = (ending: Parameters<ContainerEndings['end']>[1]) => this.endings.end(pod, ending);
      const { isEnding } = this;
      await startContainer(services, { pod, container, attempt, sandbox, volumes, isEnding, kill });
      memory.failures.delete(container.name);
      return true;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      memory.noteFailure(container.name, error, services.now());
      return true;
    }
  }
}
