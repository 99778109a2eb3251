/**
 * Brings graph, informers and workers together: an informer for every kind there is, kept up with discovery.
 *
 * Work starts when every kind has been listed, because until then an owner may be missing only from our copy.
 */
import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf, qualifiedName, type Resource } from '../../../helper/api/resource';
import type { ApiClient } from '../../../helper/client/client';
import { discoverResources } from '../../../helper/client/discovery';
import type { Informer } from '../../../helper/client/informer';
import { metadataClient } from '../../../helper/client/metadata-client';
import { startInformer } from '../../../helper/client/start-informer';
import { createEventRecorder } from '../../../helper/controller/event-recorder';
import { WorkQueue } from '../../../helper/controller/work-queue';
import type { Logger, RunningComponent } from '../../../helper/process/component';
import { Collector } from './collector';
import { OwnerGraph } from './graph';

const NAME = 'garbage-collector';
const WORKERS = 20;
const DISCOVERY_MS = 30_000;
const DISCOVERY_RETRY_MS = 1_000;
const NEEDED_VERBS = ['list', 'watch', 'delete'];
/** Events come and go in masses, by their own time to live, and own nothing. */
const IGNORED = new Set(['events', 'events.events.k8s.io']);

export interface RunningCollector extends RunningComponent {
  /** undefined once every kind was listed */
  readyCheck(): string | undefined;
}

/** Starts at once; `client` should ask for metadata only. */
export function startCollector(client: ApiClient, log: Logger): RunningCollector {
  return new GarbageCollector(client, log);
}

class GarbageCollector implements RunningCollector {
  private readonly graph = new OwnerGraph();
  private readonly queue = new WorkQueue();
  private readonly informers = new Map<string, { informer: Informer<KubeObject>; resource: Resource }>();
  private readonly events;
  private readonly workers: Promise<void>[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isDiscovered = false;
  private isStopped = false;

  constructor(
    private readonly client: ApiClient,
    private readonly log: Logger,
  ) {
    this.events = createEventRecorder(client, { component: NAME, log });
    void this.discover();
  }

  readyCheck = (): string | undefined => {
    if (!this.isDiscovered) return 'waiting for discovery';
    const missing = [...this.informers].filter(([, { informer }]) => !informer.hasSynced).map(([name]) => name);
    return missing.length > 0 ? `waiting for the first list of ${missing.join(', ')}` : undefined;
  };

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.queue.shutDown();
    for (const { informer } of this.informers.values()) informer.stop();
    await Promise.all(this.workers);
    await this.events.stop();
  }

  /** Follows kinds that are new, drops those that are gone, and asks again later. */
  private async discover(): Promise<void> {
    let nextMs = DISCOVERY_MS;
    try {
      const { resources, failures } = await discoverResources(this.client);
      if (this.isStopped) return;
      const wanted = resources.filter(
        (resource) =>
          NEEDED_VERBS.every((verb) => resource.verbs.includes(verb)) && !IGNORED.has(qualifiedName(resource)),
      );
      for (const resource of wanted) this.follow(resource);
      // A group that did not answer may still be there: its kinds are dropped only when everything was heard.
      if (failures.length === 0) this.dropAllBut(new Set(wanted.map(qualifiedName)));
      this.isDiscovered = true;
      void this.startWorkers();
    } catch (error) {
      nextMs = DISCOVERY_RETRY_MS;
      this.log.warn(
        { error: error instanceof Error ? error.message : String(error) },
        'discovery failed, trying again',
      );
    }
    if (!this.isStopped) this.timer = setTimeout(() => void this.discover(), nextMs).unref();
  }

  private follow(resource: Resource): void {
    const type = qualifiedName(resource);
    if (this.informers.has(type)) return;
    const informer = startInformer(metadataClient(this.client), resource, {}, this.log);
    this.informers.set(type, { informer, resource });
    informer.addHandler({
      onChange: (before, after) => {
        const old = before?.metadata.uid ?? '';
        if (before && after?.metadata.uid !== old) this.wake(this.graph.forget(old));
        if (after) this.wake(this.graph.observe(resource, after));
      },
    });
  }

  private dropAllBut(wanted: ReadonlySet<string>): void {
    for (const [type, { informer }] of this.informers) {
      if (wanted.has(type)) continue;
      informer.stop();
      this.informers.delete(type);
      for (const { metadata } of informer.list()) this.wake(this.graph.forget(metadata.uid ?? ''));
    }
  }

  private wake(uids: readonly string[]): void {
    for (const uid of uids) this.queue.add(uid);
  }

  private async startWorkers(): Promise<void> {
    await Promise.all([...this.informers.values()].map(({ informer }) => informer.whenSynced()));
    if (this.isStopped || this.workers.length > 0) return;
    const collector = new Collector({
      client: this.client,
      graph: this.graph,
      queue: this.queue,
      events: this.events,
      log: this.log,
      findResource: (apiVersion, kind) => this.findResource(apiVersion, kind),
    });
    for (let worker = 0; worker < WORKERS; worker += 1) this.workers.push(collector.work());
  }

  /** By group and kind: the version of a reference may be an older one than we follow. */
  private findResource(apiVersion: string, kind: string): Resource | undefined {
    const groupOf = (text: string) => (text.includes('/') ? text.split('/')[0] : '');
    const followed = [...this.informers.values()].map(({ resource }) => resource);
    return followed.find(
      (resource) => resource.kind === kind && groupOf(apiVersionOf(resource)) === groupOf(apiVersion),
    );
  }
}
