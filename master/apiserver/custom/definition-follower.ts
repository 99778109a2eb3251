/**
 * Follows the definitions and serves what they define.
 *
 * One definition at a time, by name: look at the present state, give it its names, serve its versions, write its status, in
 * this order, so that whoever reads `Established` can use the kind at once. A definition that is deleted takes its objects with
 * it. At start everything established is served before the server listens.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import type { CustomResourceDefinitionNames } from 'kubernetes-types/apiextensions/v1';
import {
  CLEANUP_FINALIZER,
  type CustomResourceDefinition,
  customResourceDefinitionResource,
  hasCondition,
} from '../../../helper/api/apiextensions/definition';
import type { Kind } from '../../../helper/api/kind';
import type { Logger } from '../../../helper/process/component';
import type { Registry } from '../registry';
import { apiTime } from '../rest/object-identity';
import { type EventSink, WatchCache } from '../watch/watch-cache';
import { acceptNames } from './accept-names';
import { type AskWebhook, convertByWebhook } from './convert-by-webhook';
import { customKinds } from './custom-kinds';
import { deleteAllObjects, removeCleanupFinalizer, writeStatus, writeTerminating } from './definition-writer';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;

/** What is served for a definition. */
interface Served {
  readonly kinds: readonly Kind[];
  /** changes when anything does that the rows are made of */
  readonly madeOf: string;
}

export class DefinitionFollower implements EventSink {
  private readonly served = new Map<string, Served>();
  private readonly waiting = new Set<string>();
  private readonly retries = new Map<string, number>();
  private readonly emptying = new Map<string, EventSink>();
  /** objects of definitions that serve no version and are to go */
  private readonly hidden = new Map<string, WatchCache>();
  private working: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly registry: Registry,
    private readonly log: Logger,
    private readonly ask: AskWebhook,
  ) {}

  /** Resolves when every definition there is has been looked at. The caches must be filled. */
  async start(): Promise<void> {
    this.follow();
    await this.working;
  }

  stop(): void {
    this.isStopped = true;
    this.waiting.clear();
    for (const objects of this.hidden.values()) objects.stop();
    this.cache.unsubscribe(this);
  }

  onEvent({ current }: { current: { name: string } }): void {
    this.lookAt(current.name);
  }

  /** The cache starts over: look at everything again. */
  onReset(): void {
    if (!this.isStopped) setTimeout(() => this.isStopped || this.follow(), FIRST_RETRY_MS).unref();
  }

  private get cache(): WatchCache {
    return this.registry.cacheOf(customResourceDefinitionResource);
  }

  private follow(): void {
    this.cache.subscribe(this.cache.revision, this);
    for (const name of this.served.keys()) this.lookAt(name);
    for (const { name } of this.cache.table.list('')) this.lookAt(name);
  }

  private definitions(): CustomResourceDefinition[] {
    return this.cache.table.list('').map(({ object }) => object as unknown as CustomResourceDefinition);
  }

  private find(name: string): CustomResourceDefinition | undefined {
    return this.cache.table.get('', name)?.object as unknown as CustomResourceDefinition | undefined;
  }

  private lookAt(name: string): void {
    if (this.isStopped) return;
    this.waiting.add(name);
    if (!this.working) this.begin();
  }

  private begin(): void {
    this.working = this.work().finally(() => {
      this.working = undefined;
      if (this.waiting.size > 0) this.begin();
    });
  }

  private async work(): Promise<void> {
    for (const name of this.waiting) {
      this.waiting.delete(name);
      try {
        await this.reconcile(name);
        this.retries.delete(name);
      } catch (error) {
        this.retry(name, error);
      }
    }
  }

  private retry(name: string, error: unknown): void {
    if (this.isStopped) return;
    const tries = (this.retries.get(name) ?? 0) + 1;
    this.retries.set(name, tries);
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries);
    this.log.warn(
      { err: error, definition: name, delayMs },
      'serving a custom resource definition failed, trying again',
    );
    setTimeout(() => this.lookAt(name), delayMs).unref();
  }

  private async reconcile(name: string): Promise<void> {
    const definition = this.find(name);
    if (!definition) {
      this.serveNoMore(name);
      // Somebody may have waited for these names.
      for (const { metadata, status } of this.definitions()) {
        const isWaiting = status?.conditions?.some((c) => c.type === 'NamesAccepted' && c.status === 'False');
        if (isWaiting) this.lookAt(metadata.name);
      }
      return;
    }
    const status = acceptNames(definition, this.definitions(), apiTime(new Date()));
    const established = hasCondition({ ...definition, status }, 'Established');
    if (established) await this.serve(definition, status.acceptedNames);
    else this.serveNoMore(name);
    await writeStatus(this.cache, name, () => this.definitions());
    if (definition.metadata.deletionTimestamp) await this.empty(definition);
  }

  private async serve(definition: CustomResourceDefinition, names: CustomResourceDefinitionNames): Promise<void> {
    const { name, deletionTimestamp } = definition.metadata;
    const madeOf = JSON.stringify([definition.spec, names, deletionTimestamp !== undefined]);
    const before = this.served.get(name);
    if (before?.madeOf === madeOf) return;
    const { conversion } = definition.spec;
    const isAsked = conversion?.strategy === 'Webhook';
    const kinds = customKinds(definition, names, isAsked ? convertByWebhook(conversion, this.ask) : undefined);
    // A webhook that does not answer must not keep its kind, or this server's start, waiting: who reads it waits.
    for (const kind of kinds) await this.registry.addKind(kind, !isAsked);
    for (const kind of before?.kinds ?? []) {
      if (!kinds.some(({ version }) => version === kind.version)) this.registry.removeKind(kind);
    }
    this.served.set(name, { kinds, madeOf });
  }

  private serveNoMore(name: string): void {
    for (const kind of this.served.get(name)?.kinds ?? []) this.registry.removeKind(kind);
    this.served.delete(name);
    this.emptying.delete(name);
    this.hidden.get(name)?.stop();
    this.hidden.delete(name);
  }

  /** Deletes the objects of a definition that is to go; looked at again when the last of them has gone. */
  private async empty(definition: CustomResourceDefinition): Promise<void> {
    const { name, finalizers = [] } = definition.metadata;
    if (!finalizers.includes(CLEANUP_FINALIZER)) return;
    const objects = this.objectsOf(definition);
    if (objects) {
      await objects.whenReady();
      if (objects.table.size > 0) {
        await writeTerminating(this.cache, name, false);
        this.waitUntilEmpty(name, objects);
        await deleteAllObjects(objects);
      }
      if (objects.table.size > 0) return;
    }
    if (finalizers.length > 1) await writeTerminating(this.cache, name, true);
    await removeCleanupFinalizer(this.cache, name);
  }

  /** A cache with all objects of the definition, in whatever version; one of our own when no version is served. */
  private objectsOf(definition: CustomResourceDefinition): WatchCache | undefined {
    const { metadata, spec, status } = definition;
    const [first] = this.served.get(metadata.name)?.kinds ?? [];
    if (first) return this.registry.find(spec.group, first.version, first.plural);
    let hidden = this.hidden.get(metadata.name);
    if (!hidden && status?.acceptedNames) {
      const versions = spec.versions.map((version) => ({ ...version, served: version.storage }));
      const [stored] = customKinds({ ...definition, spec: { ...spec, versions } }, status.acceptedNames);
      hidden = stored && new WatchCache(stored, this.registry.store, this.log);
      if (hidden) this.hidden.set(metadata.name, hidden);
    }
    return hidden;
  }

  private waitUntilEmpty(name: string, objects: WatchCache): void {
    if (this.emptying.has(name)) return;
    const sink: EventSink = {
      onEvent: () => {
        if (objects.table.size > 0) return;
        objects.unsubscribe(sink);
        this.lookAt(name);
      },
      onReset: () => this.emptying.delete(name) && this.lookAt(name),
    };
    this.emptying.set(name, sink);
    objects.subscribe(objects.revision, sink);
  }
}
