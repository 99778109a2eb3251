/**
 * The loop of one controller: changes to keys, keys to plans, plans to writes. Part of `run-controller.ts`.
 */
import { type KubeObject, objectKey, splitKey } from '../api/meta';
import { qualifiedName, type Resource } from '../api/resource';
import { isConflict, StatusError } from '../api/status-error';
import { type ApiClient, causeOf } from '../client/client';
import type { Cache } from '../client/informer';
import type { Clock } from '../process/clock';
import type { Logger } from '../process/component';
import { applyPlan } from './apply-plan';
import type { ControllerSpec, EventDraft, Plan, View, WatchSource } from './controller';
import type { EventRecorder } from './event-recorder';
import { OwnWrites } from './own-writes';
import { queueMetrics } from './queue-metrics';
import type { SharedInformer, SharedInformers } from './shared-informers';
import { WorkQueue } from './work-queue';

const DEFAULT_WORKERS = 8;
/** A write that no informer shows after this long will not come: the selectors or the server are not as we think. */
const OWN_WRITES_TIMEOUT_MS = 10_000;

export interface LoopSurroundings {
  readonly client: ApiClient;
  readonly log: Logger;
  readonly informers: SharedInformers;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

export class ControllerLoop {
  private readonly queue: WorkQueue;
  private readonly ownWrites: OwnWrites;
  private readonly view: View;
  private readonly primary: Cache<KubeObject>;
  /** keys whose own writes are not visible yet -> cancels their time limit */
  private readonly held = new Map<string, () => void>();
  private readonly workers: Promise<void>[] = [];
  private endWakeUps: (() => void) | undefined;

  constructor(
    private readonly spec: ControllerSpec<KubeObject>,
    private readonly around: LoopSurroundings,
  ) {
    this.queue = new WorkQueue({ clock: around.clock, hooks: queueMetrics(spec.name) });
    const primary = around.informers.for(spec.primary);
    const secondary = spec.watches.map((source) => ({ source, shared: around.informers.for(source.resource, source) }));
    const followed = [primary, ...secondary.map(({ shared }) => shared)];
    this.primary = primary.informer;
    this.ownWrites = new OwnWrites([...new Set(followed)]);
    this.view = viewOf(spec.name, followed);
    this.listen(primary, (object) => [objectKey(object)]);
    for (const { source, shared } of secondary) this.listen(shared, (object) => this.keysOf(source, object));
  }

  startWorkers(): void {
    this.endWakeUps = this.spec.wakeUps?.((key) => this.queue.add(key), this.view);
    const count = this.spec.workers ?? DEFAULT_WORKERS;
    for (let worker = 0; worker < count; worker += 1) this.workers.push(this.work());
  }

  /** Resolves when the plans under way are applied. */
  async stop(): Promise<void> {
    this.endWakeUps?.();
    this.queue.shutDown();
    for (const cancel of this.held.values()) cancel();
    this.held.clear();
    await Promise.all(this.workers);
  }

  private listen(shared: SharedInformer, keys: (object: KubeObject) => readonly string[]): void {
    this.around.informers.listen(shared, {
      onChange: (before, after) => {
        const changed = [before, after].filter((object) => object !== undefined);
        for (const key of new Set(changed.flatMap(keys))) this.queue.add(key);
        this.releaseHeld();
      },
    });
  }

  private keysOf(source: WatchSource, object: KubeObject): readonly string[] {
    try {
      return source.toKeys(object, this.view);
    } catch (error) {
      const about = `${qualifiedName(source.resource)} ${objectKey(object)}`;
      this.around.log.error({ err: error, about }, 'a change could not be mapped to keys');
      return [];
    }
  }

  private async work(): Promise<void> {
    for (let key = await this.queue.get(); key !== undefined; key = await this.queue.get()) {
      try {
        if (!this.hold(key)) await this.reconcile(key);
      } catch (error) {
        this.failed(key, error);
      } finally {
        this.queue.done(key);
      }
    }
  }

  /** True when the key has to wait for its own writes; it comes back when they are visible or the time is over. */
  private hold(key: string): boolean {
    if (this.held.has(key)) return true;
    if (this.ownWrites.unseen(key).length === 0) return false;
    const cancel = this.around.clock.after(OWN_WRITES_TIMEOUT_MS, () => {
      this.around.log.warn({ key, unseen: this.ownWrites.unseen(key) }, 'own writes did not become visible, going on');
      this.ownWrites.forget(key);
      this.release(key);
    });
    this.held.set(key, cancel);
    return true;
  }

  private releaseHeld(): void {
    for (const key of [...this.held.keys()]) if (this.ownWrites.unseen(key).length === 0) this.release(key);
  }

  private release(key: string): void {
    this.held.get(key)?.();
    this.held.delete(key);
    this.queue.add(key);
  }

  private async reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const primary = this.primary.get(namespace, name);
    const plan = await this.spec.plan(primary, key, this.view, new Date(this.around.clock.now()));
    await this.apply(plan, key, primary);
    this.queue.forget(key);
    if (plan.requeueAfterMs !== undefined) this.queue.addAfter(key, plan.requeueAfterMs);
  }

  private async apply(plan: Plan, key: string, primary: KubeObject | undefined): Promise<void> {
    const { client } = this.around;
    const record = (draft: EventDraft) => {
      const about = draft.about ?? primary;
      if (about) this.around.events.record(about, draft);
    };
    await applyPlan(plan, {
      client: primary ? client.withCause(causeOf(this.spec.primary, primary)) : client,
      view: this.view,
      wrote: (resource: Resource, object, isDeletion) => this.ownWrites.record(key, resource, object, isDeletion),
      event: record,
    });
    for (const draft of plan.events ?? []) record(draft);
  }

  private failed(key: string, error: unknown): void {
    if (isNamespaceTerminating(error)) {
      this.queue.forget(key);
      this.around.log.debug({ key }, 'the namespace is being deleted, nothing is made there any more');
      return;
    }
    const waitMs = this.queue.addRateLimited(key);
    if (isConflict(error)) {
      this.around.log.debug({ key, waitMs }, 'the plan was old, trying again');
      return;
    }
    const problem = error instanceof StatusError ? { error: error.message, reason: error.reason } : { err: error };
    this.around.log.warn({ key, ...problem, tries: this.queue.retries(key), waitMs }, 'reconcile failed, trying again');
  }
}

/** Creating in a namespace that is being deleted cannot work and is not tried again: the owner goes too, and its going wakes the key. */
function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof StatusError &&
    error.reason === 'Forbidden' &&
    (error.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
  );
}

/** The first source that names a resource answers for it; the primary comes first. */
function viewOf(controller: string, followed: readonly SharedInformer[]): View {
  const caches = new Map<string, Cache<KubeObject>>();
  for (const { informer } of followed) {
    const type = qualifiedName(informer.resource);
    if (!caches.has(type)) caches.set(type, informer);
  }
  return {
    cache<T extends KubeObject>(resource: Resource<T>): Cache<T> {
      const cache = caches.get(qualifiedName(resource));
      if (!cache) throw new Error(`${controller} reads ${qualifiedName(resource)} but does not watch it`);
      return cache as unknown as Cache<T>;
    },
  };
}
