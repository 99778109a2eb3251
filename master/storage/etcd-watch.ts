/**
 * A watch on all of etcd that survives lost connections: after a break it goes on behind the last revision it delivered.
 *
 * It watches the whole key space and not one prefix, because then every revision shows up as an event: the watch knows
 * how far it has come without etcd's progress notifications, which come every ten minutes or, asked for, before events
 * they should follow (etcd issue 15220, in 3.4 until 3.4.25). https://etcd.io/docs/v3.6/learning/api/#watch-streams
 */
import type { IKeyValue, IWatchResponse } from 'etcd3';
import type { Logger } from '../../helper/process/component';
import type { EtcdConnection, WatchStream } from './etcd-connection';
import type { StoreEvent } from './store';

const FIRST_BACKOFF_MILLISECONDS = 20;
const LONGEST_BACKOFF_MILLISECONDS = 500;
/** etcd's way to write "from the first key" and "to the last". */
const ALL_KEYS = { key: Buffer.from([0]), range_end: Buffer.from([0]) };

export interface EtcdWatchHandler {
  /** All events behind the last call up to `revision`. */
  onEvents(events: readonly StoreEvent[], revision: number): void;
  /** The watch is over: what it would have to deliver next has been compacted. */
  onCompacted(compactedRevision: number): void;
}

export class EtcdWatch {
  private position: number;
  private stream: WatchStream | undefined;
  private closed = false;
  private backoffMilliseconds = 0;
  private isBroken = false;

  constructor(
    private readonly connection: EtcdConnection,
    after: number,
    private readonly handler: EtcdWatchHandler,
    private readonly log: Logger | undefined,
  ) {
    this.position = after;
    void this.follow();
  }

  /** Everything up to this revision has been delivered. */
  get revision(): number {
    return this.position;
  }

  close(): void {
    this.closed = true;
    this.stream?.cancel();
  }

  private async follow(): Promise<void> {
    while (!this.closed) {
      try {
        await this.followStream();
      } catch (error) {
        this.reportBreak(error);
      }
      this.backoffMilliseconds = Math.min(
        this.backoffMilliseconds * 2 || FIRST_BACKOFF_MILLISECONDS,
        LONGEST_BACKOFF_MILLISECONDS,
      );
      if (!this.closed) await new Promise((resolve) => setTimeout(resolve, this.backoffMilliseconds));
    }
  }

  /** Until the stream ends or breaks. */
  private async followStream(): Promise<void> {
    const stream = await this.connection.openWatch();
    this.stream = stream;
    await new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('end', resolve);
      stream.on('data', (response) => this.take(response, stream));
      if (this.closed) stream.cancel();
      else stream.write({ create_request: { ...ALL_KEYS, start_revision: String(this.position + 1), prev_kv: true } });
    });
  }

  /** Once per outage; the attempts after it say nothing new. */
  private reportBreak(error: unknown): void {
    if (this.closed || this.isBroken) return;
    this.isBroken = true;
    this.log?.warn({ err: error, revision: this.position }, 'the watch on etcd broke; it is resumed when etcd answers');
  }

  private take(response: IWatchResponse, stream: WatchStream): void {
    if (this.closed) return;
    if (response.canceled) {
      if (Number(response.compact_revision) > 0) {
        this.close();
        this.handler.onCompacted(Number(response.compact_revision));
      } else stream.cancel();
      return;
    }
    if (this.isBroken) this.log?.info({ revision: this.position }, 'the watch on etcd goes on');
    this.isBroken = false;
    this.backoffMilliseconds = 0;
    const events = response.events.map(({ type, kv, prev_kv }) => toStoreEvent(type === 'Delete', kv, prev_kv));
    const last = events.at(-1);
    if (!last) return;
    this.position = last.revision;
    this.handler.onEvents(events, last.revision);
  }
}

function toStoreEvent(deleted: boolean, kv: IKeyValue, previous: IKeyValue | null): StoreEvent {
  return {
    type: deleted ? 'delete' : 'put',
    key: kv.key.toString('utf8'),
    value: deleted ? (previous?.value ?? Buffer.alloc(0)) : kv.value,
    ...(previous ? { previous: previous.value } : {}),
    created: !deleted && kv.create_revision === kv.mod_revision,
    revision: Number(kv.mod_revision),
  };
}
