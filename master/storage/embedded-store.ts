/**
 * The embedded store: the same map, revisions and watches as etcd, inside this process on lmdb. For one machine.
 *
 * A write goes: check the expectation against the newest state, written or not -> take the next revision -> wait in the
 * group -> one lmdb transaction and one fdatasync for the whole group -> tell the watchers -> answer the writer.
 * While one group is on its way to the disk the next one gathers, so 16 writers cost hardly more than one (group commit).
 * Nothing is told to anybody before it is on disk: no watcher, no reader, not even the loser of a conflict.
 * https://etcd.io/docs/v3.6/learning/api_guarantees/ · http://www.lmdb.tech/doc/
 */
import { mkdirSync } from 'node:fs';
import type { Logger } from '../../helper/process/component';
import { type DirectoryLock, lockDirectory } from './directory-lock';
import type { KeyState, Position } from './embedded-records';
import { EmbeddedTables, toEvent, type Write } from './embedded-tables';
import {
  CompactedError,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  RevisionConflict,
  type Store,
  type StoredValue,
  StoreUnavailable,
  type StoreWatch,
  type WatchHandler,
} from './store';
import { Watcher, WatcherSet } from './watcher-set';

export interface EmbeddedStoreOptions {
  /** made when missing; belongs to one process at a time */
  readonly directory: string;
  readonly log?: Logger;
  /** how many revisions can be watched or listed from, at least; default 10 000 */
  readonly historyLimit?: number;
}

const DEFAULT_HISTORY_LIMIT = 10_000;
/** Old history goes in runs of this many revisions: one removal per write would touch one more page each time. */
const FORGET_RUN = 500;
/** More than this many writes in one transaction only make the first of them wait. */
const GROUP_LIMIT = 1000;

/** Opens the store, making it when missing. Throws when another process has it open or its format is not ours. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(options.directory);
  try {
    const tables = await EmbeddedTables.open(options.directory);
    return new EmbeddedStore(tables, lock, options);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What a key holds once all writes that have a revision are on disk. */
interface UnwrittenState {
  readonly revision: number;
  /** undefined = deleted */
  readonly value: Buffer | undefined;
}

interface QueuedWrite extends Write {
  readonly done: (revision: number) => void;
  readonly failed: (error: Error) => void;
}

class EmbeddedStore implements Store {
  /** the newest revision handed out; the one on disk is `position.revision` */
  private counter: number;
  private position: Position;
  /** states of keys whose write is not on disk yet */
  private readonly unwritten = new Map<string, UnwrittenState>();
  private queue: QueuedWrite[] = [];
  /** resolves when the group on its way, and all that gathered meanwhile, are on disk; undefined = idle */
  private writing: Promise<void> | undefined;
  private compactionWanted = 0;
  private readonly watchers = new WatcherSet();
  private closed = false;

  constructor(
    private readonly tables: EmbeddedTables,
    private readonly lock: DirectoryLock,
    private readonly options: EmbeddedStoreOptions,
  ) {
    this.position = tables.position();
    this.counter = this.position.revision;
  }

  async currentRevision(): Promise<number> {
    this.assertOpen();
    return this.position.revision;
  }

  async get(key: string): Promise<StoredValue | undefined> {
    this.assertOpen();
    const state = this.tables.get(key);
    return state && { key, ...state };
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    this.assertOpen();
    return this.tables.list(prefix, options);
  }

  create(key: string, value: Buffer): Promise<number> {
    return this.write(key, value, undefined);
  }

  update(key: string, value: Buffer, expectedRevision: number): Promise<number> {
    return this.write(key, value, expectedRevision);
  }

  delete(key: string, expectedRevision: number): Promise<number> {
    return this.write(key, undefined, expectedRevision);
  }

  watch(prefix: string, after: number, handler: WatchHandler): StoreWatch {
    const watcher = new Watcher(prefix, after, handler, (ended) => this.watchers.remove(ended), this.options.log);
    // Not before the caller holds the watch; and in one stretch, so that no write falls between history and live.
    setImmediate(() => this.catchUp(watcher));
    return watcher;
  }

  async compact(revision: number): Promise<void> {
    this.assertOpen();
    if (revision > this.position.revision) throw new FutureRevisionError(revision, this.position.revision);
    this.compactionWanted = Math.max(this.compactionWanted, revision);
    await this.written();
    if (this.position.compacted < revision) throw new StoreUnavailable('compacting failed; the log says why');
  }

  async sizeBytes(): Promise<number> {
    this.assertOpen();
    return this.tables.sizeBytes();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.writing;
    this.watchers.endAll(new StoreUnavailable('the store was closed'));
    await this.tables.close();
    await this.lock.release();
  }

  /** One write: `value` undefined deletes; `expected` undefined means the key must not exist. */
  private async write(key: string, value: Buffer | undefined, expected: number | undefined): Promise<number> {
    this.assertOpen();
    if (!key) throw new TypeError('a key must not be empty');
    const before = this.newest(key);
    if (before?.revision !== expected) return this.refuse(key, value, expected);
    const revision = ++this.counter;
    this.unwritten.set(key, { revision, value });
    const change = { revision, key, deleted: value === undefined, before };
    return new Promise<number>((done, failed) => {
      this.queue.push({ change, value, done, failed });
      this.startWriting();
    });
  }

  /** A conflict is only told once the state that causes it is on disk; when that write failed, ours gets its turn. */
  private async refuse(key: string, value: Buffer | undefined, expected: number | undefined): Promise<number> {
    if (this.unwritten.has(key)) {
      await this.written();
      return this.write(key, value, expected);
    }
    const current = await this.get(key);
    throw new RevisionConflict(key, expected === undefined ? 'no such key' : `revision ${expected}`, current);
  }

  private newest(key: string): KeyState | undefined {
    const unwritten = this.unwritten.get(key);
    if (!unwritten) return this.tables.get(key);
    return unwritten.value && { revision: unwritten.revision, value: unwritten.value };
  }

  /** Everything queued by now is on disk afterwards. */
  private async written(): Promise<void> {
    this.startWriting();
    await this.writing;
  }

  private startWriting(): void {
    this.writing ??= this.writeGroups();
  }

  private async writeGroups(): Promise<void> {
    // Writers of the same event turn travel together.
    await Promise.resolve();
    while (this.queue.length > 0 || this.compactionWanted > this.position.compacted) {
      const group = this.queue.splice(0, GROUP_LIMIT);
      try {
        await this.writeGroup(group);
      } catch (error) {
        this.failAll(group, error);
      }
    }
    // In the same step as the last look at the queue: a write that comes now must start the loop again.
    this.writing = undefined;
  }

  private async writeGroup(group: readonly QueuedWrite[]): Promise<void> {
    const revision = group.at(-1)?.change.revision ?? this.position.revision;
    const position = { revision, compacted: this.compactTo(revision) };
    await this.tables.commit(group, position, this.position.compacted + 1);
    this.position = position;
    for (const { change } of group) {
      if (this.unwritten.get(change.key)?.revision === change.revision) this.unwritten.delete(change.key);
    }
    this.watchers.deliver(
      group.map(({ change, value }) => toEvent(change, value)),
      revision,
    );
    for (const { change, done } of group) done(change.revision);
  }

  /** Up to where history is forgotten with this group: as compact() asked, or so that its limit holds. */
  private compactTo(revision: number): number {
    const limit = this.options.historyLimit ?? DEFAULT_HISTORY_LIMIT;
    const { compacted } = this.position;
    const surplus = revision - compacted - limit;
    return Math.max(compacted, this.compactionWanted, surplus >= FORGET_RUN ? revision - limit : 0);
  }

  /** Writes behind a failed one stand on a state that never came to be: they fail with it. Their revisions are not used again. */
  private failAll(group: readonly QueuedWrite[], cause: unknown): void {
    this.options.log?.error({ err: cause }, 'the store could not write');
    const failed = [...group, ...this.queue.splice(0)];
    this.unwritten.clear();
    this.compactionWanted = 0;
    const error = new StoreUnavailable(`writing to ${JSON.stringify(this.options.directory)} failed: ${cause}`, {
      cause,
    });
    for (const write of failed) write.failed(error);
  }

  private catchUp(watcher: Watcher): void {
    if (watcher.isEnded) return;
    if (this.closed) {
      watcher.end(new StoreUnavailable('the store is closed'));
      return;
    }
    try {
      const { events, revision } = this.tables.eventsAfter(watcher.revision);
      for (const event of events) watcher.deliver(event);
      watcher.advance(revision);
      this.watchers.add(watcher);
    } catch (error) {
      watcher.end(
        error instanceof CompactedError ? error : new StoreUnavailable('reading history failed', { cause: error }),
      );
    }
  }

  private assertOpen(): void {
    if (this.closed) throw new StoreUnavailable('the store is closed');
  }
}
