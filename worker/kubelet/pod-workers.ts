/**
 * All pods of this node: one worker each, and the search for what the runtime has and the API does not know.
 *
 * Wake-ups come from the informer, the runtime's event stream and a slow relist that catches whatever the stream lost.
 * Orphans are ended only after the informer's first list: before that, "unknown" means "not heard of yet".
 */
import { readdir } from 'node:fs/promises';
import { isTerminal, type Pod } from '../../helper/api/core/pod';
import type { PodIdentity, RuntimeEvent } from '../runtime/runtime';
import type { MountedVolumes } from '../volumes/volume-plugin';
import { type Refusal, refusalOf } from './admit-pod';
import type { Verdict } from './pod-plan';
import type { PodServices } from './pod-services';
import { PodWorker } from './pod-worker';
import type { PodStatuses } from './status-writer';

const RELIST_MS = 30_000;

export class PodWorkers {
  private readonly workers = new Map<string, PodWorker>();
  private timer: NodeJS.Timeout | undefined;
  private stopWatching: (() => void) | undefined;

  constructor(
    private readonly services: PodServices,
    private readonly podsDirectory: string,
  ) {}

  /** Called once the informer has its first list. */
  async start(): Promise<void> {
    this.stopWatching = this.services.runtime.watchEvents({
      onEvent: (event) => this.onRuntimeEvent(event),
      onResync: () => void this.relist(),
    });
    this.timer = setInterval(() => void this.relist(), RELIST_MS).unref();
    await this.relist();
  }

  stop(): void {
    clearInterval(this.timer);
    this.stopWatching?.();
    for (const worker of this.workers.values()) worker.stop();
  }

  /** A change of a pod bound to this node. A pod replaced under the same name is two pods here. */
  onPodChange(before: Pod | undefined, after: Pod | undefined): void {
    const oldUid = before?.metadata.uid;
    const newUid = after?.metadata.uid;
    if (oldUid !== undefined && oldUid !== newUid) this.workers.get(oldUid)?.remove();
    if (!after || newUid === undefined) return;
    const worker = this.workers.get(newUid);
    if (worker) {
      worker.update(after);
      return;
    }
    const refusal = this.admit(after);
    const added = this.add(after);
    if (refusal) added.refuse(refusal);
    added.wake();
  }

  /** Why this node does not take a pod it has not seen before. */
  private admit(pod: Pod): Refusal | undefined {
    const isKnown = pod.status?.startTime !== undefined || pod.metadata.deletionTimestamp !== undefined;
    if (isKnown || isTerminal(pod)) return undefined;
    const others = [...this.workers.values()].map(({ admitted }) => admitted).filter((other) => other !== undefined);
    return refusalOf(pod, { ...this.services.admission(), others, isStatic: false });
  }

  /** Runs a pod the API server did not send; its status goes where the caller says. */
  runStatic(pod: Pod, statuses: PodStatuses): PodWorker {
    const others = [...this.workers.values()].map(({ admitted }) => admitted).filter((other) => other !== undefined);
    const refusal = refusalOf(pod, { ...this.services.admission(), others, isStatic: true });
    const worker = this.add(pod, { ...this.services, statuses });
    if (refusal) worker.refuse(refusal);
    worker.wake();
    return worker;
  }

  onReferenceChange(podUid: string): void {
    this.workers.get(podUid)?.referenceChanged();
  }

  wake(podUid: string): void {
    this.workers.get(podUid)?.wake();
  }

  wakeAll(): void {
    for (const worker of this.workers.values()) worker.wake();
  }

  /** Ends a running pod because the node needs it gone; false when there is none, or it is ending already. */
  evict(podUid: string, verdict: Verdict): boolean {
    const worker = this.workers.get(podUid);
    return worker?.admitted ? worker.evict(verdict) : false;
  }

  /** Ends a pod because the machine goes off; resolves when nothing of it runs and the API knows. */
  async shutDown(podUid: string, verdict: Verdict): Promise<void> {
    await this.workers.get(podUid)?.shutDown(verdict);
  }

  /**
   * Removes dead containers nobody needs to go on: all of pods that are over, and of the others those that have a successor. Their
   * logs go with them. The statuses in the API keep what they say.
   */
  async removeDead(): Promise<void> {
    const { runtime } = this.services;
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(), runtime.listContainers()]);
    const isOver = (uid: string) => this.workers.get(uid)?.isOver ?? false;
    const successors = new Set<string>();
    for (const { id, pod, name, state } of containers) {
      const key = `${pod.uid}/${name}`;
      if (state === 'exited' && (isOver(pod.uid) || successors.has(key))) await runtime.removeContainer(id);
      successors.add(key);
    }
    for (const { id, pod, state } of sandboxes) {
      if (state === 'notReady' && isOver(pod.uid)) await runtime.removeSandbox(id);
    }
  }

  /** The pods that run here, with what they have mounted. */
  running(): { pod: Pod; volumes: MountedVolumes }[] {
    return [...this.workers.values()].flatMap(({ admitted, volumes }) =>
      admitted ? [{ pod: admitted, volumes }] : [],
    );
  }

  private onRuntimeEvent(event: RuntimeEvent): void {
    this.workers.get(event.podUid)?.wake();
  }

  private add(pod: Pod, services = this.services): PodWorker {
    const uid = pod.metadata.uid ?? '';
    const worker = new PodWorker(services, pod, () => this.workers.delete(uid));
    this.workers.set(uid, worker);
    return worker;
  }

  private async relist(): Promise<void> {
    this.wakeAll();
    try {
      const { runtime } = this.services;
      const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(), runtime.listContainers()]);
      for (const { pod } of [...sandboxes, ...containers]) this.endOrphan(pod);
      const live = new Set([...sandboxes.map(({ pod }) => pod.uid), ...this.workers.keys()]);
      await this.services.reconcileNetwork(live);
      await this.services.cgroups.removeLeftOvers(live);
      for (const uid of await readdir(this.podsDirectory).catch(() => [])) {
        if (this.workers.has(uid)) continue;
        await this.services.volumes.tearDown(uid);
        await this.services.files.remove(uid);
      }
    } catch (error) {
      // A runtime that is away is the node's condition, reported elsewhere; the next relist finds the orphans.
      this.services.log.warn({ error: String(error), directory: this.podsDirectory }, 'orphans not looked for');
    }
  }

  private endOrphan(identity: PodIdentity): void {
    if (identity.uid === '' || this.workers.has(identity.uid)) return;
    this.services.log.info({ pod: identity.name, uid: identity.uid }, 'the API does not know this pod: ending it');
    const { uid, namespace, name } = identity;
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { uid, namespace, name }, spec: { containers: [] } };
    this.add(pod).remove();
  }
}
