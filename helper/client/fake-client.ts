/**
 * The API in memory, for unit tests of controllers and components: implements {@link ApiClient} without a server.
 *
 * Honest where it matters: one revision counter for all writes, Conflict on stale updates, AlreadyExists, NotFound,
 * generateName, uid, generation, status apart from spec, finalizers, graceful deletion of bound pods, watches from any
 * revision with 410 after `compact()`. It does not apply defaults, validate, or check patches' types; for that, boot the
 * real api-server.
 */
import { randomUUID } from 'node:crypto';
import type { KubeList, KubeObject, WatchEvent } from '../api/meta';
import { apiVersionOf, qualifiedName, type Resource } from '../api/resource';
import { alreadyExists, badRequest, conflict, expired, notFound, StatusError } from '../api/status-error';
import type { ApiClient, DeleteOptions, ListQuery, PatchType, WatchQuery, WriteOptions } from './client';
import { applyMerge } from './fake-merge-patch';
import { matchesQuery } from './matches-query';
import { placeOf } from './request-path';

type Stored = KubeObject & { spec?: unknown; status?: unknown };

interface HistoryEntry {
  readonly revision: number;
  readonly type: string;
  readonly before: Stored | undefined;
  /** after the write; for a deletion the last state, at the revision of the deletion */
  readonly object: Stored;
  readonly isDeletion: boolean;
}

/** One call a test can look at. */
export interface RecordedCall {
  readonly verb: string;
  /** `pods default/web`, with `/status` and the like appended */
  readonly about: string;
  readonly cause?: string;
}

const POD_GRACE_SECONDS = 30;

/** State shared by a client and its {@link FakeClient.withCause} copies. */
class FakeState {
  revision = 0;
  oldest = 0;
  cuts = 0;
  readonly objects = new Map<string, Stored>();
  readonly history: HistoryEntry[] = [];
  readonly calls: RecordedCall[] = [];
  readonly watchers = new Set<() => void>();
  /** thrown by the next matching calls */
  readonly failures: { readonly verb: string; readonly error: Error; times: number }[] = [];
}

const idOf = (resource: Resource, namespace: string, name: string) => `${qualifiedName(resource)} ${namespace}/${name}`;
const copy = <T>(value: T): T => structuredClone(value);

export class FakeClient implements ApiClient {
  constructor(
    private readonly state: FakeState = new FakeState(),
    private readonly cause?: string,
    private readonly now: () => Date = () => new Date(),
  ) {}

  withCause(cause: string): FakeClient {
    return new FakeClient(this.state, cause, this.now);
  }

  /** All calls so far, oldest first. */
  get calls(): readonly RecordedCall[] {
    return this.state.calls;
  }

  /** The newest revision. */
  get revision(): string {
    return String(this.state.revision);
  }

  /** Puts objects in place without recording calls; returns them as stored. */
  seed<T extends KubeObject>(resource: Resource<T>, ...objects: T[]): T[] {
    return objects.map((object) => copy(this.insert(resource, object)) as T);
  }

  /** What is stored now, sorted by name; not a call, and never fails. */
  stored<T extends KubeObject>(resource: Resource<T>, query: ListQuery = {}): T[] {
    const prefix = `${qualifiedName(resource)} `;
    return [...this.state.objects]
      .filter(([id, object]) => id.startsWith(prefix) && matchesQuery(object, query))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => copy(object) as unknown as T);
  }

  /** Lets the next `times` calls of a verb (`create`, `update`, `delete`, `list`, `watch`, ...) fail. */
  failNext(verb: string, error: Error, times = 1): void {
    this.state.failures.push({ verb, error, times });
  }

  /** Ends every watch that is open, as a lost connection does. */
  cutWatches(): void {
    this.state.cuts += 1;
    this.wakeWatchers();
  }

  /** Forgets history: watches from before now are answered with 410. */
  compact(): void {
    this.state.oldest = this.state.revision;
    this.state.history.length = 0;
    this.wakeWatchers();
  }

  async get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<T> {
    this.note('get', idOf(resource, namespace, name));
    return copy(this.find(resource, namespace, name)) as unknown as T;
  }

  async list<T extends KubeObject>(resource: Resource<T>, query: ListQuery = {}): Promise<KubeList<T>> {
    this.note('list', qualifiedName(resource));
    const items = this.stored(resource, query);
    const metadata = { resourceVersion: this.revision };
    return { apiVersion: apiVersionOf(resource), kind: `${resource.kind}List`, metadata, items };
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace } = placeOf(object);
    this.note('create', idOf(resource, namespace, object.metadata.name ?? object.metadata.generateName ?? ''));
    if (options.dryRun) return copy(object);
    return copy(this.insert(resource, object)) as unknown as T;
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = placeOf(object);
    this.note('update', idOf(resource, namespace, name));
    const stored = this.find(resource, namespace, name);
    this.checkRevision(resource, stored, object.metadata.resourceVersion);
    if (options.dryRun) return copy(object);
    const hasStatus = stored.status !== undefined;
    const changed = { ...copy(object), ...(hasStatus ? { status: stored.status } : {}) };
    return copy(this.replace(resource, stored, changed)) as unknown as T;
  }

  async updateStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    const { namespace, name } = placeOf(object);
    this.note('updateStatus', idOf(resource, namespace, name));
    const stored = this.find(resource, namespace, name);
    this.checkRevision(resource, stored, object.metadata.resourceVersion);
    const { status } = copy(object) as Stored;
    return copy(this.replace(resource, stored, { ...stored, status })) as unknown as T;
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
    type: PatchType,
    body: unknown,
    options: WriteOptions & { readonly subresource?: string } = {},
  ): Promise<T> {
    this.note('patch', `${idOf(resource, namespace, name)}${options.subresource ? `/${options.subresource}` : ''}`);
    // A strategic patch without lists is a merge patch; the real server does the rest.
    if (type === 'json' || type === 'apply') throw badRequest(`FakeClient takes merge patches only, not "${type}"`);
    const stored = this.find(resource, namespace, name);
    const merged = applyMerge(stored, body) as Stored;
    this.checkRevision(resource, stored, merged.metadata.resourceVersion);
    return copy(this.replace(resource, stored, merged)) as unknown as T;
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
  ): Promise<T | undefined> {
    this.note('delete', idOf(resource, namespace, name));
    const stored = this.find(resource, namespace, name);
    if (options.uid && options.uid !== stored.metadata.uid) {
      const found = `the UID in the precondition (${options.uid}) does not match the UID in record (${stored.metadata.uid})`;
      throw conflict(resource, name, found);
    }
    if (options.resourceVersion) this.checkRevision(resource, stored, options.resourceVersion);
    const grace = this.graceOf(resource, stored, options);
    const mustWait = grace > 0 || (stored.metadata.finalizers ?? []).length > 0;
    if (!mustWait) {
      this.remove(resource, stored);
      return undefined;
    }
    if (stored.metadata.deletionTimestamp && grace > 0) return copy(stored) as unknown as T;
    const metadata = {
      ...stored.metadata,
      deletionTimestamp: new Date(this.now().getTime() + grace * 1000).toISOString(),
      deletionGracePeriodSeconds: grace,
    };
    return copy(this.replace(resource, stored, { ...stored, metadata })) as unknown as T;
  }

  async deleteCollection(resource: Resource, namespace: string, query: ListQuery = {}, options: DeleteOptions = {}) {
    const { items } = await this.list(resource, { ...query, namespace });
    for (const { metadata } of items) await this.delete(resource, metadata.namespace ?? '', metadata.name, options);
  }

  /** Only `binding` has an effect: the pod gets its node. */
  async createSubresource(resource: Resource, namespace: string, name: string, subresource: string, body: unknown) {
    this.note('create', `${idOf(resource, namespace, name)}/${subresource}`);
    const stored = this.find(resource, namespace, name);
    if (subresource !== 'binding') throw badRequest(`FakeClient has no subresource "${subresource}"`);
    const spec = (stored.spec ?? {}) as { nodeName?: string };
    const nodeName = (body as { target?: { name?: string } }).target?.name;
    if (spec.nodeName) throw conflict(resource, name, `pod ${name} is already assigned to node "${spec.nodeName}"`);
    this.replace(resource, stored, { ...stored, spec: { ...spec, nodeName } });
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  }

  async raw(): Promise<unknown> {
    throw new StatusError('NotFound', 'FakeClient has no paths');
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    this.note('watch', qualifiedName(resource));
    const type = qualifiedName(resource);
    let seen = query.resourceVersion ? Number(query.resourceVersion) : this.state.revision;
    const { cuts } = this.state;
    while (!signal.aborted && cuts === this.state.cuts) {
      if (seen < this.state.oldest) throw expired(`too old resource version: ${seen} (${this.state.oldest})`);
      const next = this.state.history.find((entry) => entry.revision > seen && entry.type === type);
      if (!next) {
        await this.nextWrite(signal);
        continue;
      }
      seen = next.revision;
      const event = eventFor(next, query);
      if (event) yield event as unknown as WatchEvent<T>;
    }
  }

  private nextWrite(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.state.watchers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.state.watchers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  private note(verb: string, about: string): void {
    this.state.calls.push({ verb, about, ...(this.cause ? { cause: this.cause } : {}) });
    const failure = this.state.failures.find((entry) => entry.verb === verb && entry.times > 0);
    if (!failure) return;
    failure.times -= 1;
    throw failure.error;
  }

  private find(resource: Resource, namespace: string, name: string): Stored {
    const stored = this.state.objects.get(idOf(resource, namespace, name));
    if (!stored) throw notFound(resource, name);
    return stored;
  }

  private checkRevision(resource: Resource, stored: Stored, wanted: string | undefined): void {
    if (!wanted || wanted === stored.metadata.resourceVersion) return;
    const message = 'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(resource, stored.metadata.name, message);
  }

  private graceOf(resource: Resource, stored: Stored, options: DeleteOptions): number {
    if (qualifiedName(resource) !== 'pods') return 0;
    const { nodeName } = (stored.spec ?? {}) as { nodeName?: string };
    return nodeName ? (options.gracePeriodSeconds ?? POD_GRACE_SECONDS) : 0;
  }

  private insert(resource: Resource, object: KubeObject): Stored {
    const name = object.metadata.name || `${object.metadata.generateName ?? ''}${randomUUID().slice(0, 5)}`;
    const namespace = object.metadata.namespace ?? '';
    const id = idOf(resource, namespace, name);
    if (this.state.objects.has(id)) throw alreadyExists(resource, name);
    const metadata = {
      ...copy(object.metadata),
      name,
      uid: object.metadata.uid ?? randomUUID(),
      creationTimestamp: object.metadata.creationTimestamp ?? this.now().toISOString(),
      generation: 1,
    };
    const stored = { ...copy(object), apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
    return this.commit(resource, undefined, stored, false);
  }

  /** A write that changes nothing keeps its revision; a deleting object without finalizers goes. */
  private replace(resource: Resource, before: Stored, after: Stored): Stored {
    const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
    const { uid, creationTimestamp, generation = 1, resourceVersion, deletionTimestamp } = before.metadata;
    const metadata = {
      ...after.metadata,
      ...(uid ? { uid } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
      ...(deletionTimestamp ? { deletionTimestamp } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      generation: isSame(before.spec, after.spec) ? generation : generation + 1,
    };
    const object = { ...after, metadata };
    if (isSame(before, object)) return before;
    const isReleased =
      deletionTimestamp && !metadata.deletionGracePeriodSeconds && (metadata.finalizers ?? []).length === 0;
    return isReleased ? this.remove(resource, object) : this.commit(resource, before, object, false);
  }

  private remove(resource: Resource, stored: Stored): Stored {
    return this.commit(resource, stored, stored, true);
  }

  private commit(resource: Resource, before: Stored | undefined, object: Stored, isDeletion: boolean): Stored {
    this.state.revision += 1;
    const { revision } = this.state;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const { namespace, name } = placeOf(stored);
    const id = idOf(resource, namespace, name);
    if (isDeletion) this.state.objects.delete(id);
    else this.state.objects.set(id, stored);
    this.state.history.push({ revision, type: qualifiedName(resource), before, object: stored, isDeletion });
    this.wakeWatchers();
    return stored;
  }

  private wakeWatchers(): void {
    for (const wake of [...this.state.watchers]) wake();
  }
}

/** What a watcher with selectors hears: an object that stops matching is DELETED for it. */
function eventFor({ before, object, isDeletion }: HistoryEntry, query: WatchQuery): WatchEvent | undefined {
  const matched = before !== undefined && matchesQuery(before, query);
  const matches = !isDeletion && matchesQuery(object, query);
  if (!matched && !matches) return undefined;
  const type = !matches ? 'DELETED' : matched ? 'MODIFIED' : 'ADDED';
  return { type, object: copy(object) };
}
