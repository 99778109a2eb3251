/**
 * Decides what becomes of an event before it is written: a new Event, a higher count on one that exists, or nothing.
 *
 * As Kubernetes' recorder does: the same event again only raises its count; more than ten in ten minutes that differ only
 * in the message become one "combined" event; and an object that causes more than a burst of 25 may cause one more every
 * five minutes. Memory is bounded: what was not seen for longest is forgotten first.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import type { KubeObject } from '../api/meta';
import type { EventDraft } from './controller';

const MAX_REMEMBERED = 4096;
const MAX_SIMILAR = 10;
const SIMILAR_WINDOW_MS = 10 * 60_000;
const BURST = 25;
const MS_PER_TOKEN = 300_000;

/** What is known of an event that was written before. */
export interface KnownEvent {
  /** name of the stored Event */
  readonly name: string;
  readonly namespace: string;
  readonly firstTimestamp: number;
  readonly count: number;
}

export type Verdict =
  | { readonly action: 'create'; readonly key: string; readonly message: string }
  | { readonly action: 'count'; readonly key: string; readonly message: string; readonly known: KnownEvent }
  | { readonly action: 'drop' };

/** A Map that holds at most so many entries and forgets the one used longest ago. */
class RecentMap<V> extends Map<string, V> {
  constructor(private readonly limit: number) {
    super();
  }

  override get(key: string): V | undefined {
    const value = super.get(key);
    if (value === undefined) return undefined;
    super.delete(key);
    super.set(key, value);
    return value;
  }

  override set(key: string, value: V): this {
    super.delete(key);
    super.set(key, value);
    for (const oldest of this.keys()) {
      if (this.size <= this.limit) break;
      super.delete(oldest);
    }
    return this;
  }
}

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

export class EventCorrelator {
  private readonly known: RecentMap<KnownEvent>;
  private readonly similar: RecentMap<Similar>;
  private readonly tokens: RecentMap<{ left: number; atMs: number }>;

  constructor(limit = MAX_REMEMBERED) {
    this.known = new RecentMap(limit);
    this.similar = new RecentMap(limit);
    this.tokens = new RecentMap(limit);
  }

  /** The verdict on one event that happens at `nowMs`. */
  judge(about: KubeObject, draft: EventDraft, nowMs: number): Verdict {
    const group = [objectId(about), draft.fieldPath ?? '', draft.type, draft.reason].join('|');
    const isCombined = this.isTooSimilar(group, draft.message, nowMs);
    const message = isCombined ? `(combined from similar events): ${draft.message}` : draft.message;
    const key = isCombined ? group : `${group}|${draft.message}`;
    const known = this.known.get(key);
    if (!this.takeToken(objectId(about), nowMs)) return { action: 'drop' };
    return known ? { action: 'count', key, message, known } : { action: 'create', key, message };
  }

  /** The event of that key is stored like this now. */
  remember(key: string, known: KnownEvent): void {
    this.known.set(key, known);
  }

  /** The stored event of that key is gone (events expire): the next one is new. */
  forget(key: string): void {
    this.known.delete(key);
  }

  private isTooSimilar(group: string, message: string, nowMs: number): boolean {
    const last = this.similar.get(group);
    const current =
      last && nowMs - last.lastMs <= SIMILAR_WINDOW_MS ? last : { messages: new Set<string>(), lastMs: nowMs };
    current.lastMs = nowMs;
    if (current.messages.size < MAX_SIMILAR) current.messages.add(message);
    this.similar.set(group, current);
    return !current.messages.has(message);
  }

  private takeToken(object: string, nowMs: number): boolean {
    const bucket = this.tokens.get(object) ?? { left: BURST, atMs: nowMs };
    const left = Math.min(BURST, bucket.left + (nowMs - bucket.atMs) / MS_PER_TOKEN);
    this.tokens.set(object, { left: left >= 1 ? left - 1 : left, atMs: nowMs });
    return left >= 1;
  }
}

function objectId({ kind, apiVersion, metadata }: KubeObject): string {
  return [apiVersion, kind, metadata.namespace ?? '', metadata.name, metadata.uid ?? ''].join('/');
}
