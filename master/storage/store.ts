/**
 * The store: where the cluster's state lives, and the only clock it has.
 *
 * A flat map of keys to bytes with one counter, the revision, that grows by one with every write. An object's
 * resourceVersion is the revision of its last write; a watch is "every write after revision R, in order, none missing".
 * Optimistic concurrency, list-then-watch without gaps, 410 after compaction and bookmarks all follow from that.
 * Two stores implement it, `etcd-store.ts` and `embedded-store.ts`; `store.contract.test.ts` runs against both.
 *
 * Keys: `/registry/<group or "core">/<plural>/<namespace>/<name>`, without the namespace for cluster-scoped kinds.
 * Values: JSON of the object without resourceVersion.
 * https://etcd.io/docs/v3.6/learning/api_guarantees/
 */

export interface StoredValue {
  readonly key: string;
  readonly value: Buffer;
  /** revision of the write that made the key's present state */
  readonly revision: number;
}

export interface ListOptions {
  /** at most this many items; 0 or absent = all */
  readonly limit?: number;
  /** only keys greater than this one (exclusive), to go on with a list */
  readonly after?: string;
  /** the state as it was at this revision; absent = now. Throws {@link CompactedError} when it is gone, {@link FutureRevisionError} when it is to come. */
  readonly revision?: number;
}

export interface ListResult {
  /** in key order */
  readonly items: readonly StoredValue[];
  /** the revision this list shows */
  readonly revision: number;
  /** how many more keys with the prefix stand behind the last item */
  readonly remaining: number;
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** the new bytes; of a delete: the last bytes the key had */
  readonly value: Buffer;
  /** the bytes before this write; absent when the key did not exist, or when the store no longer knows them */
  readonly previous?: Buffer;
  /** true for the put that made the key */
  readonly created: boolean;
  readonly revision: number;
}

export interface WatchHandler {
  /** Called in revision order, each event once. Must not throw. */
  onEvent(event: StoreEvent): void;
  /** Every event of the prefix up to and including this revision has been delivered. */
  onProgress(revision: number): void;
  /** The watch has ended for good: CompactedError (start over from a list) or the store was closed. Lost connections are resumed inside. */
  onEnd(error: Error): void;
}

export interface StoreWatch {
  cancel(): void;
}

export interface Store {
  /**
   * The newest revision, linearizable: every write answered before this call is included. A store that knows it without asking
   * anybody says it at once: every read of the api-server begins here.
   */
  currentRevision(): number | Promise<number>;
  get(key: string): Promise<StoredValue | undefined>;
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /** Returns the new revision once the write is on disk. Throws {@link RevisionConflict} when the key exists. */
  create(key: string, value: Buffer): Promise<number>;
  /** Throws {@link RevisionConflict} unless the key's revision is `expectedRevision`. */
  update(key: string, value: Buffer, expectedRevision: number): Promise<number>;
  /** Returns the revision of the deletion. Throws {@link RevisionConflict} unless the key's revision is `expectedRevision`. */
  delete(key: string, expectedRevision: number): Promise<number>;
  /** Every write under `prefix` with a revision greater than `after`. A revision already compacted ends in onEnd(CompactedError). */
  watch(prefix: string, after: number, handler: WatchHandler): StoreWatch;
  /** Forgets history up to and including `revision`; present values stay. */
  compact(revision: number): Promise<void>;
  /** Bytes on disk, for metrics and `status`. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

/** The key was not in the state the writer expected. */
export class RevisionConflict extends Error {
  /** what the key holds now; undefined when it does not exist */
  readonly current: StoredValue | undefined;

  constructor(key: string, expected: string, current: StoredValue | undefined) {
    super(
      `key ${JSON.stringify(key)}: expected ${expected}, found ${current ? `revision ${current.revision}` : 'no such key'}`,
    );
    this.name = 'RevisionConflict';
    this.current = current;
  }
}

/** The asked revision has been compacted away. */
export class CompactedError extends Error {
  readonly oldestRevision: number;

  constructor(asked: number, oldestRevision: number) {
    super(`revision ${asked} has been compacted; the oldest kept revision is ${oldestRevision}`);
    this.name = 'CompactedError';
    this.oldestRevision = oldestRevision;
  }
}

/** The asked revision has not been written yet. */
export class FutureRevisionError extends Error {
  readonly currentRevision: number;

  constructor(asked: number, currentRevision: number) {
    super(`revision ${asked} has not been written yet; the store is at revision ${currentRevision}`);
    this.name = 'FutureRevisionError';
    this.currentRevision = currentRevision;
  }
}

/** The store could not be reached or did not answer in time. The write may or may not have happened. */
export class StoreUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailable';
  }
}

export function storeKey(
  resource: { group: string; plural: string; namespaced: boolean },
  namespace: string,
  name: string,
): string {
  return `${storePrefix(resource, namespace)}${name}`;
}

/** Prefix of all objects of a resource, or of one namespace of it. Ends in a slash, so that no name is the prefix of another. */
export function storePrefix(resource: { group: string; plural: string; namespaced: boolean }, namespace = ''): string {
  const root = `/registry/${resource.group || 'core'}/${resource.plural}/`;
  return resource.namespaced && namespace ? `${root}${namespace}/` : root;
}
