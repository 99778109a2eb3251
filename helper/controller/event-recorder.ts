/**
 * Records Events: the short messages `kubectl describe` shows about what happened to an object.
 *
 * Recording never throws and never waits: events are queued (bounded) and written one after the other; when the server is
 * away they are tried a few times and then dropped, because events are a courtesy, not state.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import { type Event, eventResource } from '../api/core/event';
import type { KubeObject } from '../api/meta';
import { isNotFound, StatusError } from '../api/status-error';
import { BackOff } from '../client/back-off';
import type { ApiClient } from '../client/client';
import { type Clock, systemClock } from '../process/clock';
import type { Logger } from '../process/component';
import type { EventDraft } from './controller';
import { EventCorrelator, type KnownEvent } from './event-correlator';

const MAX_QUEUED = 1000;
const MAX_TRIES = 6;
const RETRY_MS = { firstMs: 100, longestMs: 5_000 };
const STOP_TIMEOUT_MS = 2_000;

export interface EventSource {
  /** who says it: `deployment-controller` */
  readonly component: string;
  /** the node it runs on, for node components */
  readonly host?: string;
  readonly clock?: Clock;
  readonly log?: Logger;
}

export interface EventRecorder {
  /** Queues an event about the object; `draft.about` does not count here. */
  record(about: KubeObject, draft: EventDraft): void;
  /** Resolves when everything recorded so far is written or given up. */
  flush(): Promise<void>;
  /** Flushes, within a short bound, and takes no more. */
  stop(): Promise<void>;
}

interface Queued {
  readonly about: KubeObject;
  readonly draft: EventDraft;
  readonly at: number;
}

/** A recorder that writes through `client` under the given source. */
export function createEventRecorder(client: ApiClient, source: EventSource): EventRecorder {
  return new QueuedRecorder(client, source);
}

class QueuedRecorder implements EventRecorder {
  private readonly correlator = new EventCorrelator();
  private readonly queue: Queued[] = [];
  private readonly clock: Clock;
  private writing: Promise<void> | undefined;
  private dropped = 0;
  private isStopped = false;
  private serial = 0;

  constructor(
    private readonly client: ApiClient,
    private readonly source: EventSource,
  ) {
    this.clock = source.clock ?? systemClock;
  }

  record(about: KubeObject, draft: EventDraft): void {
    if (this.isStopped) return;
    if (this.queue.length >= MAX_QUEUED) {
      this.dropped += 1;
      if (this.dropped === 1) this.source.log?.warn('too many events are waiting, dropping new ones');
      return;
    }
    this.queue.push({ about, draft, at: this.clock.now() });
    this.writing ??= this.drain().finally(() => {
      this.writing = undefined;
    });
  }

  async flush(): Promise<void> {
    while (this.writing) await this.writing;
  }

  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_TIMEOUT_MS);
    });
    await Promise.race([this.flush(), limit]);
    clearTimeout(timer);
    this.isStopped = true;
    this.queue.length = 0;
  }

  private async drain(): Promise<void> {
    // Lets the caller finish its turn first, so that recording costs it nothing.
    await Promise.resolve();
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      try {
        await this.write(next);
      } catch (error) {
        this.source.log?.warn({ err: error, reason: next.draft.reason }, 'an event was not recorded');
      }
    }
    this.dropped = 0;
  }

  private async write(queued: Queued): Promise<void> {
    const verdict = this.correlator.judge(queued.about, queued.draft, queued.at);
    if (verdict.action === 'drop') return;
    if (verdict.action === 'count') {
      const counted = await this.persist(() => this.raiseCount(verdict.known, verdict.message, queued.at));
      if (counted) {
        this.correlator.remember(verdict.key, counted);
        return;
      }
    }
    const event = this.newEvent(queued, verdict.message);
    await this.persist(() => this.client.create(eventResource, event));
    const { name, namespace = '' } = event.metadata;
    this.correlator.remember(verdict.key, { name, namespace, firstTimestamp: queued.at, count: 1 });
  }

  /** The event with one more; undefined when it is gone. */
  private async raiseCount(known: KnownEvent, message: string, at: number): Promise<KnownEvent | undefined> {
    const count = known.count + 1;
    try {
      const body = { count, message, lastTimestamp: timestamp(at) };
      await this.client.patch(eventResource, known.namespace, known.name, 'merge', body);
      return { ...known, count };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Tries again while the server is away or overloaded; what it refuses is refused. */
  private async persist<R>(write: () => Promise<R>): Promise<R> {
    const backOff = new BackOff(RETRY_MS);
    for (let tries = 1; ; tries += 1) {
      try {
        return await write();
      } catch (error) {
        const mayHelp = !(error instanceof StatusError) || error.code >= 500 || error.code === 429;
        if (!mayHelp || tries >= MAX_TRIES || this.isStopped) throw error;
        await new Promise<void>((resolve) => {
          this.clock.after(backOff.next(), resolve);
        });
      }
    }
  }

  private newEvent({ about, draft, at }: Queued, message: string): Event {
    const { component, host } = this.source;
    const { name, namespace, uid, resourceVersion } = about.metadata;
    // Kubernetes: the object's name and the time in nanoseconds, in hex; a serial keeps two of one millisecond apart.
    this.serial = (this.serial + 1) % 1_000_000;
    const unique = (BigInt(at) * 1_000_000n + BigInt(this.serial)).toString(16);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      // Events about objects of the cluster scope live in the default namespace.
      metadata: { name: `${name}.${unique}`, namespace: namespace || 'default' },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name,
        ...(namespace ? { namespace } : {}),
        ...(uid ? { uid } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
        ...(draft.fieldPath ? { fieldPath: draft.fieldPath } : {}),
      },
      reason: draft.reason,
      message,
      type: draft.type,
      count: 1,
      firstTimestamp: timestamp(at),
      lastTimestamp: timestamp(at),
      source: { component, ...(host ? { host } : {}) },
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  }
}

/** RFC 3339 in whole seconds, as Kubernetes' Time is written. */
function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
