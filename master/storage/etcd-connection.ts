/**
 * The way to etcd: calls with a deadline to the endpoint that answered last, and etcd's errors in the store's words.
 *
 * Rule: no call waits longer than its deadline, and no write is sent twice. A write whose answer got lost may have
 * happened; sending it again would then fail on its own traces. Reads are repeated on the other endpoints.
 * npm etcd3 brings the messages and the channel; its retry policies are switched off for the reason above.
 * https://etcd.io/docs/v3.6/learning/api/ · https://grpc.io/docs/guides/deadlines/
 */
import type { Etcd3, IDuplexStream, IOptions, IWatchRequest, IWatchResponse } from 'etcd3';
import { StoreUnavailable } from './store';

const CALL_DEADLINE_MILLISECONDS = 5000;
/** Notices a peer that vanished without a word; etcd refuses pings more often than every 5 s. */
const KEEPALIVE_MILLISECONDS = 10_000;

export type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;
type Call<T> = (client: Etcd3, options: { deadline: number }) => Promise<T>;
type FaultPolicy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/** etcd answered that the asked revision is compacted or to come: the caller knows which. */
export class RevisionOutOfRange extends Error {}

export class EtcdConnection {
  /** index of the endpoint that is used until it fails */
  private current = 0;

  private constructor(
    private readonly endpoints: readonly string[],
    private readonly clients: readonly Etcd3[],
    private readonly isOutOfRange: (error: unknown) => boolean,
  ) {}

  static async open(endpoints: readonly string[]): Promise<EtcdConnection> {
    if (endpoints.length === 0) throw new Error('no etcd endpoint given; expected e.g. "http://127.0.0.1:2379"');
    const etcd = await import('etcd3');
    const clients = endpoints.map(
      (hosts) =>
        new etcd.Etcd3({
          hosts,
          faultHandling: { host: () => callOnce, global: callOnce },
          grpcOptions: {
            'grpc.max_receive_message_length': -1,
            'grpc.max_send_message_length': -1,
            'grpc.keepalive_time_ms': KEEPALIVE_MILLISECONDS,
            'grpc.keepalive_timeout_ms': KEEPALIVE_MILLISECONDS,
          },
        }),
    );
    return new EtcdConnection(endpoints, clients, (error) => error instanceof etcd.GRPCOutOfRangeError);
  }

  /** Asks each endpoint once, starting with the one that answered last. Throws {@link StoreUnavailable}. */
  async read<T>(call: Call<T>): Promise<T> {
    let failure: unknown;
    for (let attempt = 0; attempt < this.clients.length; attempt++) {
      try {
        return await this.write(call);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** One attempt. Throws {@link StoreUnavailable}: the write may or may not have happened. */
  async write<T>(call: Call<T>): Promise<T> {
    const used = this.current;
    try {
      return await call(this.client(used), { deadline: Date.now() + CALL_DEADLINE_MILLISECONDS });
    } catch (error) {
      if (this.isOutOfRange(error)) throw new RevisionOutOfRange('the revision is out of range', { cause: error });
      this.leave(used);
      throw new StoreUnavailable(`etcd at ${this.endpoints[used]}: ${String(error)}`, { cause: error });
    }
  }

  async openWatch(): Promise<WatchStream> {
    const used = this.current;
    const stream = await this.client(used).watchClient.watch();
    stream.on('error', () => this.leave(used));
    return stream;
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  private client(index: number): Etcd3 {
    const client = this.clients[index];
    if (!client) throw new Error(`no etcd endpoint ${index}`);
    return client;
  }

  /** Later calls go to the next endpoint, unless another call has moved on already. */
  private leave(used: number): void {
    if (this.current === used) this.current = (used + 1) % this.clients.length;
  }
}

const neverFires = () => ({ dispose() {} });
/** A policy that only calls; etcd3's own would repeat writes. */
const callOnce = {
  onSuccess: neverFires,
  onFailure: neverFires,
  execute: async <T>(action: (context: { signal: AbortSignal }) => PromiseLike<T> | T) =>
    action({ signal: notAborted }),
} as unknown as FaultPolicy;
const notAborted = new AbortController().signal;
