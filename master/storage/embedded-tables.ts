/**
 * The embedded store's three lmdb tables, and every way to read them: now, at an older revision, and as events.
 *
 * Writes come here in large groups, after they were answered (`embedded-journal.ts`). Who reads gives along the recent ones,
 * which stand on top of the tables.
 * Rule: each function reads within one synchronous stretch. lmdb keeps one read transaction until the event loop turns,
 * so position, state and history always belong to the same moment, whatever the writing thread commits meanwhile.
 * Reading is a memory-mapped lookup (about 2 µs), so values are not kept in JavaScript memory a second time.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import {
  type Change,
  decodeChange,
  decodePosition,
  decodeState,
  encodeChange,
  encodePosition,
  encodeState,
  type KeyState,
  type Position,
  revisionKey,
  revisionOfKey,
} from './embedded-records';
import { endOfPrefix } from './key-range';
import {
  CompactedError,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  type StoredValue,
  type StoreEvent,
} from './store';

type Table = Database<Buffer, Buffer>;
const POSITION_KEY = Buffer.from('position');
/** Address space, not memory or disk; etcd's recommended upper limit for its own file is the same 8 GiB. */
const MAP_SIZE_BYTES = 8 * 2 ** 30;

/** A write that has its revision and waits for the disk. */
export interface Write {
  readonly change: Change;
  /** the new bytes; undefined = deleted */
  readonly value: Buffer | undefined;
}

export class EmbeddedTables {
  private constructor(
    private readonly root: RootDatabase<Buffer, Buffer>,
    private readonly state: Table,
    private readonly history: Table,
    private readonly meta: Table,
    private readonly file: string,
  ) {}

  static async open(directory: string): Promise<EmbeddedTables> {
    const { open } = await import('lmdb');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, 'data.mdb');
    const root = open<Buffer, Buffer>({
      path,
      noSubdir: true,
      mapSize: MAP_SIZE_BYTES,
      maxDbs: 4,
      // Otherwise a commit is announced before its fdatasync: with this, "committed" means "on disk".
      overlappingSync: false,
      // We group writes ourselves; lmdb need not wait for the end of the event turn.
      eventTurnBatching: false,
    });
    const table = (name: string): Table =>
      root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    return new EmbeddedTables(root, table('state'), table('history'), table('meta'), path);
  }

  position(): Position {
    return decodePosition(this.meta.get(POSITION_KEY));
  }

  get(key: string): KeyState | undefined {
    const bytes = this.state.get(Buffer.from(key));
    return bytes && decodeState(bytes);
  }

  /** Puts all of it on disk or none; resolves after the fdatasync. */
  async commit(writes: readonly Write[], position: Position, forgetFrom: number): Promise<void> {
    const committed = this.root.batch(() => {
      for (const { change, value } of writes) {
        const key = Buffer.from(change.key);
        if (value) this.state.put(key, encodeState({ revision: change.revision, value }));
        else this.state.remove(key);
        this.history.put(revisionKey(change.revision), encodeChange(change));
      }
      for (let revision = forgetFrom; revision <= position.compacted; revision++) {
        this.history.remove(revisionKey(revision));
      }
      this.meta.put(POSITION_KEY, encodePosition(position));
    });
    try {
      await committed;
    } catch (error) {
      throw await reasonOf(error);
    }
    this.root.resetReadTxn();
  }

  /** `now` is where the store stands, its recent writes included. */
  list(prefix: string, options: ListOptions, now: Position, recent: readonly Write[]): ListResult {
    const revision = options.revision ?? now.revision;
    assertReadable(revision, now);
    const range = keyRange(prefix, options.after);
    const here = this.position().revision;
    const undone =
      revision < here ? this.statesAt(revision, range) : statesAfter(recentBetween(recent, here, revision), range);
    const limit = options.limit || Number.POSITIVE_INFINITY;
    const items: StoredValue[] = [];
    for (const item of merge(this.present(range), undone)) {
      if (items.length === limit) break;
      items.push(item);
    }
    const last = items.at(-1);
    const remaining = items.length < limit || !last ? 0 : this.count(keyRange(prefix, last.key), undone);
    return { items, revision, remaining };
  }

  /** Every write after that revision up to `now`, oldest first. Throws {@link CompactedError}. */
  eventsAfter(after: number, now: Position, recent: readonly Write[]): StoreEvent[] {
    if (after < now.compacted) throw new CompactedError(after, now.compacted);
    const changes = [...this.changesAfter(after)];
    // The bytes a change made are what the next change of the key replaced; so go backwards and remember.
    const replaced = new Map<string, KeyState | undefined>();
    const events: StoreEvent[] = [];
    for (const change of changes.reverse()) {
      const made = replaced.has(change.key)
        ? replaced.get(change.key)
        : change.deleted
          ? undefined
          : this.get(change.key);
      replaced.set(change.key, change.before);
      events.push(toEvent(change, made?.value));
    }
    events.reverse();
    const onTop = recentBetween(recent, Math.max(after, this.position().revision), now.revision);
    for (const { change, value } of onTop) events.push(toEvent(change, value));
    return events;
  }

  sizeBytes(): number {
    return statSync(this.file).blocks * 512;
  }

  async close(): Promise<void> {
    await this.root.close();
  }

  private *changesAfter(after: number): Generator<Change> {
    for (const { key, value } of this.history.getRange({ start: revisionKey(after + 1) })) {
      yield decodeChange(revisionOfKey(key), value);
    }
  }

  /** Of the keys in the range that changed since: what they held at that revision. */
  private statesAt(revision: number, range: KeyRange): Map<string, KeyState | undefined> {
    const undone = new Map<string, KeyState | undefined>();
    for (const change of this.changesAfter(revision)) {
      if (!undone.has(change.key) && isInRange(change.key, range)) undone.set(change.key, change.before);
    }
    return undone;
  }

  private *present(range: KeyRange): Generator<StoredValue> {
    for (const { key, value } of this.state.getRange({ ...range })) {
      yield { key: key.toString('utf8'), ...decodeState(value) };
    }
  }

  private count(range: KeyRange, undone: ReadonlyMap<string, KeyState | undefined>): number {
    let count = this.state.getKeysCount({ ...range });
    for (const [key, before] of undone) {
      if (!isInRange(key, range)) continue;
      count += (before ? 1 : 0) - (this.state.doesExist(Buffer.from(key)) ? 1 : 0);
    }
    return count;
  }
}

function recentBetween(recent: readonly Write[], after: number, upTo: number): Write[] {
  return recent.filter(({ change }) => change.revision > after && change.revision <= upTo);
}

/** What keys of the range hold after these writes. */
function statesAfter(writes: readonly Write[], range: KeyRange): Map<string, KeyState | undefined> {
  const states = new Map<string, KeyState | undefined>();
  for (const { change, value } of writes) {
    const { key, revision } = change;
    if (isInRange(key, range)) states.set(key, value && { revision, value });
  }
  return states;
}

/** lmdb says why a commit failed (disk full, ...) in a second promise, whose rejection must not go unhandled. */
async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  return Promise.resolve(error.commitError).then(
    () => error,
    (reason: unknown) => reason,
  );
}

/** What watchers are told of a write. */
export function toEvent(change: Change, made: Buffer | undefined): StoreEvent {
  const previous = change.before?.value;
  return {
    type: change.deleted ? 'delete' : 'put',
    key: change.key,
    value: (change.deleted ? previous : made) ?? Buffer.alloc(0),
    ...(previous ? { previous } : {}),
    created: !change.deleted && !change.before,
    revision: change.revision,
  };
}

interface KeyRange {
  readonly start: Buffer;
  readonly end?: Buffer;
  readonly exclusiveStart?: boolean;
}

function keyRange(prefix: string, after: string | undefined): KeyRange {
  const first = Buffer.from(prefix);
  const afterKey = Buffer.from(after ?? '');
  const goesOn = after !== undefined && Buffer.compare(afterKey, first) >= 0;
  const end = endOfPrefix(first);
  // lmdb takes no empty key; keys are never empty, so one zero byte stands before all of them.
  const start = goesOn ? afterKey : first.length > 0 ? first : Buffer.alloc(1);
  return { start, ...(end ? { end } : {}), ...(goesOn ? { exclusiveStart: true } : {}) };
}

function isInRange(key: string, range: KeyRange): boolean {
  const bytes = Buffer.from(key);
  const fromStart = Buffer.compare(bytes, range.start);
  if (fromStart < 0 || (fromStart === 0 && range.exclusiveStart)) return false;
  return !range.end || Buffer.compare(bytes, range.end) < 0;
}

function assertReadable(revision: number, position: Position): void {
  if (revision < position.compacted) throw new CompactedError(revision, position.compacted);
  if (revision > position.revision) throw new FutureRevisionError(revision, position.revision);
}

/** Present keys with others put over them (changes taken back, or recent writes on top): both run in key order. */
function* merge(
  present: Iterable<StoredValue>,
  undone: ReadonlyMap<string, KeyState | undefined>,
): Generator<StoredValue> {
  const waiting = [...undone].map(([key, before]) => ({ key, before, bytes: Buffer.from(key) }));
  waiting.sort((one, other) => Buffer.compare(one.bytes, other.bytes));
  let next = waiting.shift();
  for (const item of present) {
    while (next && Buffer.compare(next.bytes, Buffer.from(item.key)) < 0) {
      if (next.before) yield { key: next.key, ...next.before };
      next = waiting.shift();
    }
    if (next?.key !== item.key) yield item;
  }
  for (; next; next = waiting.shift()) if (next.before) yield { key: next.key, ...next.before };
}
