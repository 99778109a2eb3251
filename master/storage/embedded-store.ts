/**
 * The embedded store: the same map, revisions and watches as etcd, inside this process on a journal and lmdb. For one machine.
 *
 * A write goes: check the expectation against the newest state, written or not -> take the next revision -> wait for the end of
 * the event turn -> one frame in the journal for all of the turn, durable -> tell the watchers -> answer the writer. So 16
 * writers cost hardly more than one (group commit). lmdb takes recent writes over later, some hundred in one transaction.
 * Nothing is told to anybody before it is on disk: no watcher, no reader, not even the loser of a conflict.
 * https://etcd.io/docs/v3.6/learning/api_guarantees/ · http://www.lmdb.tech/doc/
 */
import { mkdirSync } from 'node:fs';
import type { Logger } from '../../helper/process/component';
import { type DirectoryLock, lockDirectory } from './directory-lock';
import { EmbeddedJournal } from './embedded-journal';
import type { KeyState, Position } from './embedded-records';
import { EmbeddedTables, toEvent, type Write } from './embedded-tables';
import type { JournalWrite } from './journal-frames';
import { RecentWrites } from './recent-writes';
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
/** More than this many writes in one frame only make the first of them wait. */
const GROUP_LIMIT = 1000;
/** How long a write waits at most before lmdb takes it over: long enough that a quiet cluster's writes travel together. */
const SETTLE_AFTER_MS = 1000;
/** Recent writes are kept in memory; when lmdb cannot take them over (its disk is full), writers wait for it from here on. */
const MAX_RECENT_BYTES = 64 * 2 ** 20;

/** Opens the store, making it when missing. Throws when another process has it open or its format is not ours. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(options.directory);
  try {
    const tables = await EmbeddedTables.open(options.directory);
    const { journal, writes } = EmbeddedJournal.open(options.directory);
    await takeOver(tables, writes);
    return new EmbeddedStore(tables, journal, lock, options);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Puts into the tables what the journal holds and they lack: the last process ended without doing it. */
async function takeOver(tables: EmbeddedTables, journal: readonly JournalWrite[]): Promise<void> {
  const position = tables.position();
  const recent = new RecentWrites();
  for (const { revision, key, value } of journal) {
    if (revision <= (recent.all.at(-1)?.change.revision ?? position.revision)) continue;
    const last = recent.get(key);
    const before = last ? last.state : tables.get(key);
    recent.add([{ change: { revision, key, deleted: value === undefined, before }, value }]);
  }
  const newest = recent.all.at(-1)?.change.revision;
  if (newest !== undefined) await tables.commit(recent.all, { ...position, revision: newest }, position.compacted + 1);
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
  /** resolves when all that is queued is on disk; undefined = idle */
  private writing: Promise<void> | undefined;
  /** writes on disk that lmdb does not show yet */
  private readonly recent = new RecentWrites();
  /** where lmdb stands */
  private settled: Position;
  private settling: Promise<void> | undefined;
  private settleTimer: NodeJS.Timeout | undefined;
  private readonly watchers = new WatcherSet();
  private closed = false;

  constructor(
    private readonly tables: EmbeddedTables,
    private readonly journal: EmbeddedJournal,
    private readonly lock: DirectoryLock,
    private readonly options: EmbeddedStoreOptions,
  ) {
    this.position = tables.position();
    this.settled = this.position;
    this.counter = this.position.revision;
    journal.begin(this.counter);
  }

  currentRevision(): number {
    this.assertOpen();
    return this.position.revision;
  }

  async get(key: string): Promise<StoredValue | undefined> {
    this.assertOpen();
    const state = this.onDisk(key);
    return state && { key, ...state };
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    this.assertOpen();
    return this.tables.list(prefix, options, this.position, this.recent.all);
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
    this.position = { ...this.position, compacted: Math.max(this.position.compacted, revision) };
    await this.settleAll();
  }

  async sizeBytes(): Promise<number> {
    this.assertOpen();
    return this.tables.sizeBytes();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.writing;
    // What cannot be settled now is in the journal: the next process does it.
    await this.settleAll().catch(() => undefined);
    clearTimeout(this.settleTimer);
    this.watchers.endAll(new StoreUnavailable('the store was closed'));
    await this.tables.close();
    this.journal.close();
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
    if (!unwritten) return this.onDisk(key);
    return unwritten.value && { revision: unwritten.revision, value: unwritten.value };
  }

  private onDisk(key: string): KeyState | undefined {
    const recent = this.recent.get(key);
    return recent ? recent.state : this.tables.get(key);
  }

  /** Everything queued by now is on disk afterwards. */
  private async written(): Promise<void> {
    this.startWriting();
    await this.writing;
  }

  /** At the end of the event turn, so that all writers of the turn travel together. */
  private startWriting(): void {
    this.writing ??= new Promise<void>((resolve) => setImmediate(() => void this.writeGroups().then(resolve)));
  }

  private async writeGroups(): Promise<void> {
    while (this.queue.length > 0) {
      const group = this.queue.splice(0, GROUP_LIMIT);
      try {
        if (this.recent.bytes > MAX_RECENT_BYTES) await this.settleAll();
        const onItsWay = this.journal.append(group.map(({ change, value }) => ({ ...change, value })));
        // Only a slow disk makes a promise; the usual group is written already, without a turn in between.
        if (onItsWay) await onItsWay;
      } catch (error) {
        this.failAll(group, error);
        continue;
      }
      this.publish(group);
    }
    // In the same step as the last look at the queue: a write that comes now must start the loop again.
    this.writing = undefined;
  }

  /** The group is on disk: everybody may know. */
  private publish(group: readonly QueuedWrite[]): void {
    const revision = group.at(-1)?.change.revision ?? this.position.revision;
    this.position = { revision, compacted: this.compactTo(revision) };
    this.recent.add(group);
    for (const { change } of group) {
      if (this.unwritten.get(change.key)?.revision === change.revision) this.unwritten.delete(change.key);
    }
    this.watchers.deliver(
      group.map(({ change, value }) => toEvent(change, value)),
      revision,
    );
    for (const { change, done } of group) done(change.revision);
    if (this.journal.isFull) this.settleSoon();
    else this.settleTimer ??= setTimeout(() => this.settleSoon(), SETTLE_AFTER_MS).unref();
  }

  /** Lets lmdb take over the recent writes. A failure is logged and tried again; nothing is lost meanwhile. */
  private settleSoon(): void {
    clearTimeout(this.settleTimer);
    this.settleTimer = undefined;
    this.settle().catch((error) => {
      this.options.log?.error({ err: error }, 'the store cannot move writes from its journal; trying again');
      if (!this.closed) this.settleTimer ??= setTimeout(() => this.settleSoon(), SETTLE_AFTER_MS).unref();
    });
  }

  private settle(): Promise<void> {
    this.settling ??= this.settleRecent().finally(() => {
      this.settling = undefined;
    });
    return this.settling;
  }

  /** Everything that is on disk now is in lmdb afterwards, and history as short as it may be. */
  private async settleAll(): Promise<void> {
    await this.settling?.catch(() => undefined);
    try {
      await this.settle();
    } catch (error) {
      throw new StoreUnavailable(`writing to ${JSON.stringify(this.options.directory)} failed: ${error}`, {
        cause: error,
      });
    }
  }

  private async settleRecent(): Promise<void> {
    const { position, settled } = this;
    if (position.revision === settled.revision && position.compacted === settled.compacted) return;
    this.journal.takeTurns(settled.revision);
    await this.tables.commit([...this.recent.all], position, settled.compacted + 1);
    this.settled = position;
    this.recent.dropUpTo(position.revision);
  }

  /** Up to where history is forgotten at this revision, so that its limit holds. */
  private compactTo(revision: number): number {
    const limit = this.options.historyLimit ?? DEFAULT_HISTORY_LIMIT;
    const { compacted } = this.position;
    const surplus = revision - compacted - limit;
    return surplus >= FORGET_RUN ? revision - limit : compacted;
  }

  /** Writes behind a failed one stand on a state that never came to be: they fail with it. Their revisions are not used again. */
  private failAll(group: readonly QueuedWrite[], cause: unknown): void {
    this.options.log?.error({ err: cause }, 'the store could not write');
    const failed = [...group, ...this.queue.splice(0)];
    this.unwritten.clear();
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
      for (const event of this.tables.eventsAfter(watcher.revision, this.position, this.recent.all)) {
        watcher.deliver(event);
      }
      watcher.advance(this.position.revision);
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
