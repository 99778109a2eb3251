/**
 * What this node knows of its sandboxes and containers at a CRI runtime, and how it learns of changes.
 *
 * A list costs one call; what it says beyond the list (times, exit code, process id) is asked for once a container and state, since a
 * state's facts do not change any more. Changes are told by events where the runtime has them (GetContainerEvents, containerd from 1.7);
 * the others are looked at in intervals, as Kubernetes' own kubelet does, and every state that is another one than before is an event.
 * https://kubernetes.io/docs/concepts/architecture/cri/
 */
import type { Logger } from '../../../helper/process/component';
import { LABEL, type Ownership } from '../docker-labels';
import { readProcessUser } from '../process-user';
import {
  type ContainerStatus,
  type ProcessUser,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeEventHandler,
  type SandboxStatus,
} from '../runtime';
import type { CriContainer, CriEvent, CriSandbox, Texts } from './cri-api';
import { type CriClient, isNotFound, isUnimplemented } from './cri-client';
import { containerStatusOf, dateOfNanoseconds, sandboxStatusOf } from './cri-state';

/** Between two looks where the runtime tells of no changes: Kubernetes' kubelet takes a second. */
const LOOK_MS = 400;
/** Between two looks beside events that might have been lost. */
const SLOW_LOOK_MS = 10_000;
/** A kill for memory is told a moment after the death it caused. */
const SETTLING_MS = 1_500;
const KILLED = 137;

interface Known<T> {
  readonly state: string;
  readonly status: T;
  /** nothing of this may change any more while the state is the same */
  readonly isSettled: boolean;
}

type Look = ReadonlyMap<string, { readonly podUid: string; readonly state: string }>;

export class CriContainers {
  private readonly containers = new Map<string, Known<ContainerStatus>>();
  private readonly sandboxes = new Map<string, Known<SandboxStatus>>();
  private readonly handlers = new Set<RuntimeEventHandler>();
  private last: Look | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopEvents: (() => void) | undefined;
  private hasEvents = false;
  private lacksEvents = false;
  private nextFollowMs = 0;
  private isClosed = false;

  constructor(
    private readonly client: CriClient,
    private readonly owner: Ownership,
    private readonly log: Logger,
  ) {}

  async listSandboxes(podUid?: string): Promise<SandboxStatus[]> {
    const listed = await this.sandboxList(podUid);
    if (podUid === undefined) keepOnly(this.sandboxes, listed);
    const found = await Promise.all(listed.map((one) => this.sandbox(one.id, one.state)));
    return found.filter((one) => one !== undefined).sort((a, b) => b.attempt - a.attempt);
  }

  async listContainers(podUid?: string): Promise<ContainerStatus[]> {
    const listed = await this.containerList(podUid);
    if (podUid === undefined) keepOnly(this.containers, listed);
    const found = await Promise.all(listed.map((one) => this.container(one.id, one.state)));
    return found
      .filter((one) => one !== undefined)
      .sort((a, b) => b.attempt - a.attempt || b.createdAt.getTime() - a.createdAt.getTime());
  }

  /** undefined: there is no such sandbox. `state`: what it is known to be in, when that is known. */
  async sandbox(id: string, state?: string): Promise<SandboxStatus | undefined> {
    const known = this.sandboxes.get(id);
    if (known?.isSettled && known.state === state) return known.status;
    const answer = await orUndefined(this.client.call('PodSandboxStatus', { podSandboxId: id, verbose: true }));
    if (!answer) return undefined;
    const status = sandboxStatusOf(answer.status, answer.info);
    this.sandboxes.set(id, { state: answer.status.state, status, isSettled: true });
    return status;
  }

  /** undefined: there is no such container. `state`: what it is known to be in, when that is known. */
  async container(id: string, state?: string): Promise<ContainerStatus | undefined> {
    const known = this.containers.get(id);
    if (known?.isSettled && known.state === state) return known.status;
    const answer = await orUndefined(this.client.call('ContainerStatus', { containerId: id, verbose: true }));
    if (!answer) return undefined;
    const status = containerStatusOf(answer.status, answer.info);
    const user = userOf(status) ?? known?.status.user;
    const withUser = user ? { ...status, user } : status;
    this.containers.set(id, { state: answer.status.state, status: withUser, isSettled: isSettled(status) });
    return withUser;
  }

  /** Throws NotFound. */
  async existing(id: string): Promise<ContainerStatus> {
    const status = await this.container(id);
    if (!status) throw new RuntimeError('NotFound', `no such container: ${id}`);
    return status;
  }

  /** Throws NotFound. The annotations a sandbox was made with. */
  async annotationsOf(sandboxId: string): Promise<Texts> {
    const { status } = await this.client.call(
      'PodSandboxStatus',
      { podSandboxId: sandboxId, verbose: false },
      'NotFound',
    );
    return status.annotations;
  }

  forget(id: string): void {
    this.containers.delete(id);
    this.sandboxes.delete(id);
  }

  /** Tells the handler of every change from now on; returns the way to stop. */
  watch(handler: RuntimeEventHandler): () => void {
    this.handlers.add(handler);
    if (this.handlers.size === 1) void this.look();
    return () => void this.handlers.delete(handler);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.stopEvents?.();
    this.handlers.clear();
  }

  /** Again where the stream has ended, with a pause; never where the runtime has none. */
  private followEvents(): void {
    if (this.stopEvents || this.lacksEvents || Date.now() < this.nextFollowMs) return;
    this.nextFollowMs = Date.now() + SLOW_LOOK_MS;
    const onEnd = (error: unknown) => {
      if (this.hasEvents) this.log.warn({ error: String(error) }, 'the event stream of the container runtime ended');
      this.hasEvents = false;
      this.stopEvents = undefined;
      this.lacksEvents = isUnimplemented(error);
    };
    this.stopEvents = this.client.events((event) => {
      this.hasEvents = true;
      this.onEvent(event);
    }, onEnd);
  }

  private onEvent({ containerId, podSandboxStatus, containerEventType, createdAt }: CriEvent): void {
    const labels = podSandboxStatus?.labels ?? {};
    if (labels[LABEL.cluster] !== this.owner.clusterId || labels[LABEL.node] !== this.owner.nodeName) return;
    const type = EVENT_TYPES[containerEventType];
    const podUid = labels[LABEL.podUid];
    if (type && podUid) this.tell({ type, podUid, containerId, at: dateOfNanoseconds(createdAt) ?? new Date() });
  }

  /** Compares what there is with what there was; for ever, in intervals. */
  private async look(): Promise<void> {
    this.followEvents();
    try {
      const now = await this.states();
      const isBack = this.last === undefined;
      for (const event of changesBetween(this.last ?? new Map(), now, new Date())) if (!isBack) this.tell(event);
      if (isBack) for (const handler of this.handlers) handler.onResync();
      this.last = now;
    } catch (error) {
      // The runtime is away; what happened meanwhile is found when it is back.
      if (this.last) this.log.warn({ error: String(error) }, 'containers cannot be looked at');
      this.last = undefined;
      this.containers.clear();
      this.sandboxes.clear();
    }
    if (!this.isClosed)
      this.timer = setTimeout(() => void this.look(), this.hasEvents ? SLOW_LOOK_MS : LOOK_MS).unref();
  }

  private async states(): Promise<Look> {
    const [sandboxes, containers] = await Promise.all([this.sandboxList(), this.containerList()]);
    const line = ({ id, state, labels }: CriSandbox | CriContainer) =>
      [id, { state, podUid: labels[LABEL.podUid] ?? '' }] as const;
    return new Map([...sandboxes.map(line), ...containers.map(line)]);
  }

  private tell(event: RuntimeEvent): void {
    if (event.type === 'removed') this.forget(event.containerId);
    for (const handler of this.handlers) handler.onEvent(event);
  }

  private async sandboxList(podUid?: string): Promise<readonly CriSandbox[]> {
    const labelSelector = this.selectorOf(podUid);
    return (await this.client.call('ListPodSandbox', { filter: { labelSelector } })).items;
  }

  private async containerList(podUid?: string): Promise<readonly CriContainer[]> {
    const labelSelector = this.selectorOf(podUid);
    return (await this.client.call('ListContainers', { filter: { labelSelector } })).containers;
  }

  private selectorOf(podUid: string | undefined): Texts {
    const { clusterId, nodeName } = this.owner;
    return {
      [LABEL.cluster]: clusterId,
      [LABEL.node]: nodeName,
      ...(podUid === undefined ? {} : { [LABEL.podUid]: podUid }),
    };
  }
}

const EVENT_TYPES: Readonly<Record<CriEvent['containerEventType'], RuntimeEvent['type'] | undefined>> = {
  CONTAINER_CREATED_EVENT: undefined,
  CONTAINER_STARTED_EVENT: 'started',
  CONTAINER_STOPPED_EVENT: 'died',
  CONTAINER_DELETED_EVENT: 'removed',
};

const STATE_EVENTS: Readonly<Record<string, RuntimeEvent['type'] | undefined>> = {
  SANDBOX_READY: 'started',
  SANDBOX_NOTREADY: 'died',
  CONTAINER_RUNNING: 'started',
  CONTAINER_EXITED: 'died',
  CONTAINER_UNKNOWN: 'died',
};

/** What happened between two looks. A life so short that neither saw it running is told whole. Pure. */
export function changesBetween(before: Look, after: Look, at: Date): RuntimeEvent[] {
  const events: RuntimeEvent[] = [];
  for (const [containerId, { state, podUid }] of after) {
    const was = before.get(containerId)?.state;
    const type = STATE_EVENTS[state];
    if (was === state || type === undefined) continue;
    const isWholeLife = type === 'died' && (was === undefined || was === 'CONTAINER_CREATED');
    if (isWholeLife) events.push({ type: 'started', containerId, podUid, at });
    events.push({ type, containerId, podUid, at });
  }
  for (const [containerId, { podUid }] of before) {
    if (!after.has(containerId)) events.push({ type: 'removed', containerId, podUid, at });
  }
  return events;
}

function isSettled({ state, exitCode, oomKilled, finishedAt }: ContainerStatus): boolean {
  if (state === 'running') return true;
  if (state !== 'exited') return false;
  return exitCode !== KILLED || oomKilled || Date.now() - (finishedAt?.getTime() ?? 0) > SETTLING_MS;
}

function userOf({ pid }: ContainerStatus): ProcessUser | undefined {
  return pid === undefined ? undefined : readProcessUser(pid);
}

function keepOnly(known: Map<string, unknown>, listed: readonly { readonly id: string }[]): void {
  const present = new Set(listed.map(({ id }) => id));
  for (const id of known.keys()) if (!present.has(id)) known.delete(id);
}

/** The answer; undefined when what was asked about is not there. */
async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
