/**
 * The scheduler's loop: informers feed the node states and the queue; one pod after the other is decided, then bound.
 *
 * Deciding is synchronous and serial, so decisions never contradict each other; binding is a write to the API and runs beside
 * the next decisions. A pod is assumed on its node from the decision on; when the binding fails, the assumption is taken back.
 * A scheduler that dies between the two loses nothing: the pod is still Pending for the next one.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
 */
import type { Namespace } from '../../helper/api/core/namespace';
import type { Node } from '../../helper/api/core/node';
import type { Pod } from '../../helper/api/core/pod';
import { podResource } from '../../helper/api/core/pod';
import { type KubeObject, objectKey, splitKey } from '../../helper/api/meta';
import { isConflict, isNotFound } from '../../helper/api/status-error';
import { type ApiClient, causeOf } from '../../helper/client/client';
import type { Informer } from '../../helper/client/informer';
import type { EventRecorder } from '../../helper/controller/event-recorder';
import type { Logger } from '../../helper/process/component';
import { NodeState } from './node-state';
import { podVolumes, type VolumeDecision } from './pod-volumes';
import { isChoice, type Refusal, refusalMessage, STRATEGY_ANNOTATION, schedulePod } from './schedule-pod';
import { SchedulingQueue } from './scheduling-queue';
import { type StorageInformers, VolumeBinder } from './volume-binder';

export const SCHEDULER_NAME = 'default-scheduler';
/** bindings in flight; more pods are decided only when one of them has ended */
const MAX_BINDINGS = 64;

export interface SchedulerDependencies {
  readonly client: ApiClient;
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly storage: StorageInformers;
  readonly recorder: EventRecorder;
  readonly log: Logger;
  now(): number;
  random(): number;
}

export class Scheduler {
  private readonly states = new Map<string, NodeState>();
  private readonly queue = new SchedulingQueue();
  /** keys of refused pods that other pods may help by coming */
  private readonly waitingForPods = new Set<string>();
  /** keys of refused pods that wait for their storage */
  private readonly waitingForStorage = new Set<string>();
  private readonly volumeBinder: VolumeBinder;
  /** uid -> node, from the decision until the informer shows the binding */
  private readonly assumed = new Map<string, string>();
  private bindings = 0;
  private lastRoundRobin: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private scheduled = false;
  private stopped = false;

  constructor(private readonly deps: SchedulerDependencies) {
    deps.nodes.addHandler({ onChange: (before, after) => this.onNode(before, after) });
    deps.pods.addHandler({ onChange: (before, after) => this.onPod(before, after) });
    deps.namespaces.addHandler({ onChange: () => this.wakeWaiting(this.waitingForPods) });
    this.volumeBinder = new VolumeBinder(deps.storage, deps.client, () => this.states.values());
    const onStorage = { onChange: () => this.wakeWaiting(this.waitingForStorage) };
    for (const informer of Object.values(deps.storage) as Informer<KubeObject>[]) informer.addHandler(onStorage);
  }

  /** Begins deciding; call when the informers have synced, so that no node is judged by half of its pods. */
  start(): void {
    this.scheduled = false;
    this.kick();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private stateOf(name: string): NodeState {
    let state = this.states.get(name);
    if (!state) {
      state = new NodeState(name);
      this.states.set(name, state);
    }
    return state;
  }

  private onNode(before: Node | undefined, after: Node | undefined): void {
    const name = (after ?? before)?.metadata.name ?? '';
    const state = this.stateOf(name);
    state.node = after;
    if (!after && state.pods.size === 0) this.states.delete(name);
    if (after && couldHelp(before, after)) {
      this.queue.wakeAll(this.deps.now());
      this.kick();
    }
  }

  private onPod(before: Pod | undefined, after: Pod | undefined): void {
    const pod = after ?? before;
    if (!pod) return;
    const uid = pod.metadata.uid ?? '';
    const finished = !after || after.status?.phase === 'Succeeded' || after.status?.phase === 'Failed';
    if (finished) this.forget(pod, uid);
    else if (after.spec?.nodeName) this.onBoundPod(before, after, after.spec.nodeName);
    else if (isOurs(after) && !this.assumed.has(uid) && changesDecision(before, after)) {
      this.queue.add(objectKey(after), after.spec?.priority ?? 0, this.deps.now());
      this.kick();
    }
  }

  private onBoundPod(before: Pod | undefined, after: Pod, node: string): void {
    this.forgetAssumption(after.metadata.uid ?? '', node);
    this.dequeue(objectKey(after));
    this.stateOf(node).addPod(after);
    if (changesDecision(before, after)) this.wakeWaiting(this.waitingForPods);
  }

  private dequeue(key: string): void {
    this.queue.remove(key);
    this.waitingForPods.delete(key);
    this.waitingForStorage.delete(key);
  }

  /** Something came that may help: a pod that somebody must be near, a volume that somebody waits for. */
  private wakeWaiting(waiting: Set<string>): void {
    if (waiting.size === 0) return;
    for (const key of waiting) this.queue.wake(key, this.deps.now());
    waiting.clear();
    this.kick();
  }

  /** The pod is gone or has ended: its room is free again. */
  private forget(pod: Pod, uid: string): void {
    this.dequeue(objectKey(pod));
    this.forgetAssumption(uid, undefined);
    const state = pod.spec?.nodeName ? this.states.get(pod.spec.nodeName) : undefined;
    if (!state) return;
    state.removePod(uid);
    if (!state.node && state.pods.size === 0) this.states.delete(state.name);
    this.queue.wakeAll(this.deps.now());
    this.kick();
  }

  private forgetAssumption(uid: string, boundTo: string | undefined): void {
    const assumed = this.assumed.get(uid);
    if (assumed === undefined) return;
    this.assumed.delete(uid);
    if (assumed !== boundTo) this.states.get(assumed)?.removePod(uid);
  }

  /** Runs the loop once the current callbacks are done; many changes in one tick make one run. */
  private kick(): void {
    if (this.scheduled || this.stopped || !this.hasSynced()) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.drain();
    });
  }

  private hasSynced(): boolean {
    const { pods, nodes, namespaces, storage } = this.deps;
    return [pods, nodes, namespaces, storage.claims, storage.volumes, storage.classes].every((each) => each.hasSynced);
  }

  private drain(): void {
    clearTimeout(this.timer);
    while (!this.stopped && this.bindings < MAX_BINDINGS) {
      const key = this.queue.take(this.deps.now());
      if (key === undefined) break;
      this.decide(key);
    }
    // With all bindings in use, the next one that ends runs the loop again.
    if (this.bindings >= MAX_BINDINGS) return;
    const wait = this.queue.nextDueMs(this.deps.now());
    if (wait !== undefined && !this.stopped) this.timer = setTimeout(() => this.kick(), wait);
  }

  private decide(key: string): void {
    const place = splitKey(key);
    const pod = this.deps.pods.get(place.namespace, place.name);
    if (!pod || pod.spec?.nodeName || pod.metadata.deletionTimestamp) {
      this.dequeue(key);
      return;
    }
    const nodes = [...this.states.values()].filter((state) => state.node !== undefined);
    const { namespaces, random } = this.deps;
    const namespaceLabels = (name: string) => {
      const namespace = namespaces.get('', name);
      return namespace && (namespace.metadata.labels ?? {});
    };
    const volumes = podVolumes(pod, this.volumeBinder);
    const { lastRoundRobin } = this;
    const decision = schedulePod(pod, nodes, { lastRoundRobin, namespaceLabels, volumes, random });
    if (!isChoice(decision)) {
      if (looksAtPods(pod)) this.waitingForPods.add(key);
      if (volumes) this.waitingForStorage.add(key);
      this.queue.failed(key, this.deps.now());
      this.tellRefusal(pod, decision, nodes.length);
      return;
    }
    if (pod.metadata.annotations?.[STRATEGY_ANNOTATION] === 'roundrobin') this.lastRoundRobin = decision.node;
    this.assumed.set(pod.metadata.uid ?? '', decision.node);
    const state = this.stateOf(decision.node);
    state.addPod(pod);
    const storage = volumes && state.node && volumes.decide(state.node);
    // Waiting for storage may take long, so it takes no place among the bindings.
    if (storage) void this.bindWithStorage(key, pod, decision.node, storage);
    else this.startBinding(key, pod, decision.node);
  }

  /** First the pod's claims, then the pod. */
  private async bindWithStorage(key: string, pod: Pod, node: string, storage: VolumeDecision): Promise<void> {
    const takeBack = this.volumeBinder.promise(storage, node);
    try {
      await this.volumeBinder.carryOut(storage, node);
      this.startBinding(key, pod, node);
    } catch (error) {
      this.forgetAssumption(pod.metadata.uid ?? '', undefined);
      this.deps.log.info(
        { pod: key, node, error: (error as Error).message },
        'storage not bound; the pod is tried again',
      );
      this.queue.failed(key, this.deps.now(), true);
    } finally {
      takeBack();
      this.kick();
    }
  }

  private startBinding(key: string, pod: Pod, node: string): void {
    this.bindings += 1;
    void this.bind(key, pod, node).finally(() => {
      this.bindings -= 1;
      this.kick();
    });
  }

  private async bind(key: string, pod: Pod, node: string): Promise<void> {
    const { namespace = '', name, uid = '' } = pod.metadata;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    try {
      await this.deps.client
        .withCause(causeOf(podResource, pod))
        .createSubresource(podResource, namespace, name, 'binding', binding);
      this.dequeue(key);
      this.deps.recorder.record(pod, {
        type: 'Normal',
        reason: 'Scheduled',
        message: `Successfully assigned ${namespace}/${name} to ${node}`,
      });
    } catch (error) {
      this.forgetAssumption(uid, undefined);
      // Bound by somebody else, or deleted: the informer tells what became of it.
      if (isConflict(error) || isNotFound(error)) {
        this.queue.failed(key, this.deps.now());
        return;
      }
      this.deps.log.warn({ pod: key, node, error: (error as Error).message }, 'binding failed; the pod is tried again');
      this.queue.failed(key, this.deps.now(), true);
    }
  }

  private tellRefusal(pod: Pod, refusal: Refusal, nodeCount: number): void {
    const message = refusalMessage(refusal, nodeCount);
    this.deps.log.info({ pod: objectKey(pod), verdicts: Object.fromEntries(refusal.verdicts) }, message);
    this.deps.recorder.record(pod, { type: 'Warning', reason: 'FailedScheduling', message });
    const current = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
    if (current?.status === 'False' && current.message === message) return;
    const lastTransitionTime = new Date(this.deps.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime };
    const { namespace = '', name } = pod.metadata;
    this.deps.client
      .withCause(causeOf(podResource, pod))
      .patch(
        podResource,
        namespace,
        name,
        'strategic',
        { status: { conditions: [condition] } },
        { subresource: 'status' },
      )
      .catch((error: unknown) => {
        if (!isNotFound(error))
          this.deps.log.warn({ pod: objectKey(pod), error: (error as Error).message }, 'cannot set PodScheduled');
      });
  }
}

/** True when the decision depends on other pods. */
function looksAtPods({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return Boolean(podAffinity || podAntiAffinity || spec?.topologySpreadConstraints?.length);
}

function isOurs(pod: Pod): boolean {
  return (pod.spec?.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME && !pod.spec?.schedulingGates?.length;
}

/** Our own PodScheduled condition comes back as a change of the pod; only spec and metadata can change the verdict. */
function changesDecision(before: Pod | undefined, after: Pod): boolean {
  if (!before) return true;
  return JSON.stringify([before.spec, before.metadata.labels]) !== JSON.stringify([after.spec, after.metadata.labels]);
}

/** A node that appeared, or changed in anything the filters look at; heartbeats do not wake anybody. */
function couldHelp(before: Node | undefined, after: Node): boolean {
  if (!before) return true;
  const relevant = (node: Node) => [
    node.spec,
    node.metadata.labels,
    node.status?.allocatable,
    node.status?.conditions?.map((condition) => [condition.type, condition.status]),
  ];
  return JSON.stringify(relevant(before)) !== JSON.stringify(relevant(after));
}
