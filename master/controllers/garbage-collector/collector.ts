/**
 * Acts on the graph, one uid at a time: looks at the live object and its live owners, then keeps, cuts or deletes.
 *
 * Nothing is ever deleted on the graph's word alone: an owner counts as gone only when the server itself says NotFound or
 * knows another uid under that name. Writes carry the resourceVersion they were decided on, so an object that got a
 * new owner meanwhile is not hit; a conflict just tries again.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import type { KubeObject, OwnerReference } from '../../../helper/api/meta';
import { apiVersionOf, type Resource } from '../../../helper/api/resource';
import { isConflict, isNotFound } from '../../../helper/api/status-error';
import { type ApiClient, causeOf } from '../../../helper/client/client';
import type { EventRecorder } from '../../../helper/controller/event-recorder';
import type { WorkQueue } from '../../../helper/controller/work-queue';
import type { Logger } from '../../../helper/process/component';
import { AbsentOwners } from './absent-owners';
import { FOREGROUND_FINALIZER, type GraphNode, ORPHAN_FINALIZER, type OwnerGraph } from './graph';
import { judge, type OwnerState } from './judge';

export interface CollectorSurroundings {
  readonly client: ApiClient;
  readonly graph: OwnerGraph;
  readonly queue: WorkQueue;
  readonly events: EventRecorder;
  readonly log: Logger;
  /** The kind an ownerReference names; undefined when the server does not have it. */
  findResource(apiVersion: string, kind: string): Resource | undefined;
}

export class Collector {
  private readonly absent = new AbsentOwners();
  constructor(private readonly around: CollectorSurroundings) {}

  /** Takes uids from the queue until it is shut down. */
  async work(): Promise<void> {
    const { queue, log } = this.around;
    for (let uid = await queue.get(); uid !== undefined; uid = await queue.get()) {
      try {
        if (await this.process(uid)) queue.forget(uid);
        else queue.addRateLimited(uid);
      } catch (error) {
        const waitMs = queue.addRateLimited(uid);
        const problem = { uid, waitMs, error: error instanceof Error ? error.message : String(error) };
        if (isConflict(error)) log.debug(problem, 'the object changed meanwhile, trying again');
        else log.warn(problem, 'collecting failed, trying again');
      } finally {
        queue.done(uid);
      }
    }
  }

  /** False when it has to be looked at again: the graph lags behind. */
  private async process(uid: string): Promise<boolean> {
    const node = this.around.graph.node(uid);
    if (!node) return true;
    if (node.orphansDependents) return this.orphanDependents(node);
    if (node.waitsForDependents) return this.goOnInForeground(node);
    if (node.isDeleting || this.around.graph.isHeld(node)) return true;
    const live = await this.read(node);
    return live ? this.judgeLive(node, live) : true;
  }

  private async judgeLive(node: GraphNode, live: KubeObject): Promise<boolean> {
    const owners = new Map<string, OwnerState>();
    let isLagging = false;
    for (const reference of live.metadata.ownerReferences ?? []) {
      const state = await this.ownerState(node, reference);
      if (state === 'solid' && !this.around.graph.node(reference.uid)) isLagging = true;
      owners.set(reference.uid, state);
    }
    const dependents = this.around.graph.dependentsOf(node.uid);
    const judgement = judge({ owners, finalizers: live.metadata.finalizers ?? [], dependents });
    if (judgement.action === 'cut') await this.cutOwners(node, live, judgement.uids);
    if (judgement.action === 'delete') {
      const current = judgement.unblock ? await this.unblock(node, live) : live;
      await this.remove(node, current, judgement.policy);
    }
    // An owner the graph has not seen yet may go before it ever does; then nobody would tell us.
    return !isLagging;
  }

  /** Without blocking dependents the object may go; else they have to be deleted first, and wake it when they are gone. */
  private async goOnInForeground(node: GraphNode): Promise<boolean> {
    const blocking = this.around.graph.blockingDependents(node.uid);
    if (blocking.length === 0) await this.removeFinalizer(node, FOREGROUND_FINALIZER);
    for (const { uid, waitsForDependents } of blocking) if (!waitsForDependents) this.around.queue.add(uid);
    return true;
  }

  private async orphanDependents(node: GraphNode): Promise<boolean> {
    const dependents = this.around.graph.dependentsOf(node.uid);
    await Promise.all(
      dependents.map(async (dependent) => {
        const live = await this.read(dependent);
        if (live) await this.cutOwners(dependent, live, [node.uid]);
      }),
    );
    await this.removeFinalizer(node, ORPHAN_FINALIZER);
    return true;
  }

  /** Exists, waits, or is absent: by the graph when it knows the owner, else by the server. */
  private async ownerState(child: GraphNode, reference: OwnerReference): Promise<OwnerState> {
    const known = this.around.graph.ownerOf(child, reference);
    if (known) return known.waitsForDependents ? 'waiting' : 'solid';
    if (this.absent.has(child.namespace, reference)) return 'absent';
    const resource = this.around.findResource(reference.apiVersion, reference.kind);
    if (!resource) throw new Error(`owner ${reference.kind} "${reference.name}": no kind "${reference.apiVersion}"`);
    this.reportForeignOwner(child, reference);
    const live = resource.namespaced && !child.namespace ? undefined : await this.readOwner(child, reference, resource);
    if (live?.metadata.uid !== reference.uid) {
      this.absent.add(child.namespace, reference);
      return 'absent';
    }
    const isWaiting = live.metadata.deletionTimestamp && live.metadata.finalizers?.includes(FOREGROUND_FINALIZER);
    return isWaiting ? 'waiting' : 'solid';
  }

  private readOwner({ namespace }: GraphNode, { name }: OwnerReference, resource: Resource) {
    return this.around.client.get(resource, resource.namespaced ? namespace : '', name).catch(onlyNotFound);
  }

  /** Says that an owner in another namespace does not count, before its dependent is deleted for that. */
  private reportForeignOwner(child: GraphNode, { apiVersion, kind, name, uid }: OwnerReference): void {
    const other = this.around.graph.node(uid);
    if (!other || other.namespace === '' || other.namespace === child.namespace) return;
    const reference = `[${apiVersion}/${kind}, namespace: ${child.namespace}, name: ${name}, uid: ${uid}]`;
    const message = `ownerRef ${reference} does not exist in namespace "${child.namespace}"`;
    this.around.events.record(objectOf(child), { type: 'Warning', reason: 'OwnerRefInvalidNamespace', message });
  }

  /** The object now; undefined when it is gone or another one has its name. */
  private async read({ resource, namespace, name, uid }: GraphNode): Promise<KubeObject | undefined> {
    const live = await this.around.client.get(resource, namespace, name).catch(onlyNotFound);
    return live?.metadata.uid === uid ? live : undefined;
  }

  private cutOwners(node: GraphNode, live: KubeObject, uids: readonly string[]): Promise<KubeObject | undefined> {
    const ownerReferences = (live.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.includes(uid));
    return this.patch(node, live, { ownerReferences: ownerReferences.length > 0 ? ownerReferences : null });
  }

  private async unblock(node: GraphNode, live: KubeObject): Promise<KubeObject> {
    const references = live.metadata.ownerReferences ?? [];
    const ownerReferences = references.map((reference) => ({ ...reference, blockOwnerDeletion: false }));
    return (await this.patch(node, live, { ownerReferences })) ?? live;
  }

  private async removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    const live = await this.read(node);
    const finalizers = live?.metadata.finalizers ?? [];
    if (!live || !finalizers.includes(finalizer)) return;
    const left = finalizers.filter((other) => other !== finalizer);
    await this.patch(node, live, { finalizers: left.length > 0 ? left : null });
  }

  private patch({ resource, namespace, name }: GraphNode, live: KubeObject, metadata: object) {
    const body = { metadata: { ...metadata, resourceVersion: live.metadata.resourceVersion } };
    return this.around.client.patch(resource, namespace, name, 'merge', body).catch(onlyNotFound);
  }

  private async remove(node: GraphNode, live: KubeObject, policy: 'Background' | 'Foreground' | 'Orphan') {
    const { resource, namespace, name, uid } = node;
    const { resourceVersion = '' } = live.metadata;
    const client = this.around.client.withCause(causeOf(resource, live));
    const options = { uid, resourceVersion, propagationPolicy: policy };
    await client.delete(resource, namespace, name, options).catch(onlyNotFound);
  }
}

function objectOf({ resource, namespace, name, uid }: GraphNode): KubeObject {
  const metadata = { name, uid, ...(namespace ? { namespace } : {}) };
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
}

function onlyNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
