/**
 * The store on etcd: one machine's or a cluster's, shared by any number of api-servers.
 *
 * Writes are transactions that compare mod_revision, so the answer tells in one round trip whether the expectation held
 * and, if not, what is there instead. All watch() calls share one watch on etcd (`etcd-watch.ts`); a call that starts
 * before it catches up on a watch of its own and then joins. Keys and values are as `store.ts` says: etcdctl shows them.
 * https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/ · https://etcd.io/docs/v3.6/learning/api/
 */
import type { IKeyValue, IRequestOp, ITxnResponse } from 'etcd3';
import type { Logger } from '../../helper/process/component';
import { EtcdConnection, RevisionOutOfRange } from './etcd-connection';
import { EtcdWatch } from './etcd-watch';
import { endOfPrefix } from './key-range';
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

export interface EtcdStoreOptions {
  /** e.g. `http://127.0.0.1:2379`; several members of one etcd cluster are tried in turn */
  readonly endpoints: readonly string[];
  readonly log?: Logger;
}

/** Long lists come in answers of this many keys, all read at one revision: no answer grows without limit. */
const PAGE_KEYS = 2000;

/** Opens the store. Throws {@link StoreUnavailable} within seconds when no endpoint answers. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const connection = await EtcdConnection.open(options.endpoints);
  try {
    return new EtcdStore(connection, await readRevision(connection), options.log);
  } catch (error) {
    connection.close();
    throw error;
  }
}

class EtcdStore implements Store {
  private readonly watchers = new WatcherSet();
  private readonly catchingUp = new Map<Watcher, EtcdWatch>();
  private live: EtcdWatch;
  private closed = false;
  /** the read of the current revision that is on its way, and the one that waits for it to end */
  private revisionRead: Promise<number> | undefined;
  private nextRevisionRead: Promise<number> | undefined;

  constructor(
    private readonly connection: EtcdConnection,
    revision: number,
    private readonly log: Logger | undefined,
  ) {
    this.live = this.watchLive(revision);
  }

  /** Callers share a read, but only one that was sent after they asked: otherwise it could miss an answered write. */
  async currentRevision(): Promise<number> {
    this.assertOpen();
    if (!this.revisionRead) return this.sendRevisionRead();
    this.nextRevisionRead ??= this.revisionRead.then(
      () => this.sendRevisionRead(),
      () => this.sendRevisionRead(),
    );
    return this.nextRevisionRead;
  }

  async get(key: string): Promise<StoredValue | undefined> {
    this.assertOpen();
    const { kvs } = await this.connection.read((client, options) =>
      client.kv.range({ key: Buffer.from(key) }, options),
    );
    return kvs[0] && toStoredValue(kvs[0]);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    this.assertOpen();
    const limit = options.limit || Number.POSITIVE_INFINITY;
    const items: StoredValue[] = [];
    let { after, revision } = options;
    for (;;) {
      const page = await this.readPage(prefix, after, Math.min(limit - items.length, PAGE_KEYS), revision);
      for (const item of page.items) items.push(item);
      revision = page.revision;
      after = page.items.at(-1)?.key;
      if (page.remaining === 0 || page.items.length === 0 || items.length >= limit) {
        return { items, revision, remaining: page.remaining };
      }
    }
  }

  create(key: string, value: Buffer): Promise<number> {
    return this.write(key, { request_put: { key: Buffer.from(key), value } }, 0);
  }

  update(key: string, value: Buffer, expectedRevision: number): Promise<number> {
    return this.write(key, { request_put: { key: Buffer.from(key), value } }, expectedRevision, true);
  }

  delete(key: string, expectedRevision: number): Promise<number> {
    return this.write(key, { request_delete_range: { key: Buffer.from(key) } }, expectedRevision, true);
  }

  watch(prefix: string, after: number, handler: WatchHandler): StoreWatch {
    const watcher = new Watcher(prefix, after, handler, (ended) => this.forget(ended), this.log);
    // Not before the caller holds the watch.
    setImmediate(() => this.join(watcher));
    return watcher;
  }

  async compact(revision: number): Promise<void> {
    this.assertOpen();
    try {
      await this.connection.write((client, options) => client.kv.compact({ revision: String(revision) }, options));
    } catch (error) {
      if (!(error instanceof RevisionOutOfRange)) throw error;
      const current = await this.currentRevision();
      if (revision > current) throw new FutureRevisionError(revision, current);
      // Otherwise it has been compacted before, by us or another api-server: as asked.
    }
  }

  async sizeBytes(): Promise<number> {
    this.assertOpen();
    return Number((await this.connection.read((client, options) => client.maintenance.status(options))).dbSize);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.live.close();
    const error = new StoreUnavailable('the store was closed');
    for (const watcher of [...this.catchingUp.keys()]) watcher.end(error);
    this.watchers.endAll(error);
    this.connection.close();
  }

  /** `expected` is the mod_revision the key must have; 0 = the key must not exist. */
  private async write(key: string, request: IRequestOp, expected: number, mustExist = false): Promise<number> {
    this.assertOpen();
    const expectation = mustExist ? `revision ${expected}` : 'no such key';
    // To etcd 0 means "does not exist", which an update never expects.
    if (mustExist && expected <= 0) throw new RevisionConflict(key, expectation, await this.get(key));
    const keyBytes = Buffer.from(key);
    const answer: ITxnResponse = await this.connection.write((client, options) =>
      client.kv.txn(
        {
          compare: [{ key: keyBytes, target: 'Mod', result: 'Equal', mod_revision: String(expected) }],
          success: [request],
          failure: [{ request_range: { key: keyBytes } }],
        },
        options,
      ),
    );
    if (answer.succeeded) return Number(answer.header.revision);
    const current = answer.responses[0]?.response_range.kvs[0];
    throw new RevisionConflict(key, expectation, current && toStoredValue(current));
  }

  private async readPage(
    prefix: string,
    after: string | undefined,
    limit: number,
    revision: number | undefined,
  ): Promise<ListResult> {
    const start = startOfRange(prefix, after);
    const range = { key: start, range_end: endOfPrefix(Buffer.from(prefix)) ?? Buffer.from([0]), limit };
    try {
      const answer = await this.connection.read((client, options) =>
        client.kv.range(revision === undefined ? range : { ...range, revision: String(revision) }, options),
      );
      const items = answer.kvs.map(toStoredValue);
      const shown = revision ?? Number(answer.header.revision);
      return { items, revision: shown, remaining: Number(answer.count) - items.length };
    } catch (error) {
      if (error instanceof RevisionOutOfRange && revision !== undefined) throw await this.explainRange(revision);
      throw error;
    }
  }

  private async explainRange(asked: number): Promise<Error> {
    const current = await this.currentRevision();
    if (asked > current) return new FutureRevisionError(asked, current);
    return new CompactedError(asked, await this.readCompacted(asked));
  }

  /** etcd tells its oldest revision only to a watch that asks for an older one. */
  private readCompacted(after: number): Promise<number> {
    return new Promise((resolve) => {
      const stop = (revision: number) => {
        clearTimeout(timer);
        watch.close();
        resolve(revision);
      };
      const watch = new EtcdWatch(
        this.connection,
        after - 1,
        { onCompacted: stop, onEvents: () => stop(after) },
        this.log,
      );
      const timer = setTimeout(() => stop(after), 1000);
    });
  }

  private sendRevisionRead(): Promise<number> {
    this.nextRevisionRead = undefined;
    const read = readRevision(this.connection).finally(() => {
      if (this.revisionRead === read) this.revisionRead = undefined;
    });
    this.revisionRead = read;
    return read;
  }

  private watchLive(after: number): EtcdWatch {
    return new EtcdWatch(
      this.connection,
      after,
      {
        onEvents: (events, revision) => this.watchers.deliver(events, revision),
        onCompacted: (compacted) => {
          // We were away for longer than history is kept: what happened meanwhile is lost to our watchers.
          const missed = this.live.revision;
          this.live = this.watchLive(compacted);
          this.watchers.endAll(new CompactedError(missed, compacted));
        },
      },
      this.log,
    );
  }

  private join(watcher: Watcher): void {
    if (watcher.isEnded) return;
    if (this.closed) watcher.end(new StoreUnavailable('the store is closed'));
    else if (watcher.revision < this.live.revision) this.catchUp(watcher);
    else {
      this.watchers.add(watcher);
      // Says that it stands where it started; silent when that is still to come.
      watcher.advance(this.live.revision);
    }
  }

  private catchUp(watcher: Watcher): void {
    const own = new EtcdWatch(
      this.connection,
      watcher.revision,
      {
        onEvents: (events, revision) => {
          for (const event of events) watcher.deliver(event);
          watcher.advance(revision);
          if (watcher.isEnded || revision < this.live.revision) return;
          // Whatever the live watch is still to deliver of this, the watcher's position leaves out.
          this.forget(watcher);
          this.watchers.add(watcher);
        },
        onCompacted: (compacted) => watcher.end(new CompactedError(own.revision, compacted)),
      },
      this.log,
    );
    this.catchingUp.set(watcher, own);
  }

  private forget(watcher: Watcher): void {
    this.watchers.remove(watcher);
    this.catchingUp.get(watcher)?.close();
    this.catchingUp.delete(watcher);
  }

  private assertOpen(): void {
    if (this.closed) throw new StoreUnavailable('the store is closed');
  }
}

/** etcd's current revision, linearizable: the header of any quorum read has it. */
async function readRevision(connection: EtcdConnection): Promise<number> {
  const { header } = await connection.read((client, options) =>
    client.kv.range({ key: Buffer.from([0]), count_only: true }, options),
  );
  return Number(header.revision);
}

function startOfRange(prefix: string, after: string | undefined): Buffer {
  const first = Buffer.from(prefix);
  const behind = after === undefined ? first : Buffer.concat([Buffer.from(after), Buffer.from([0])]);
  const start = Buffer.compare(behind, first) > 0 ? behind : first;
  return start.length > 0 ? start : Buffer.from([0]);
}

function toStoredValue(kv: IKeyValue): StoredValue {
  return { key: kv.key.toString('utf8'), value: kv.value, revision: Number(kv.mod_revision) };
}
