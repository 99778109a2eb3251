/**
 * Lets the store forget its history: every five minutes up to the revision that was the newest five minutes before.
 *
 * Watches and continued lists can therefore go back five minutes at least; further back they get 410 Expired and start over.
 * Kubernetes also agrees through a key in etcd which api-server compacts; left out because compacting twice does no harm.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses (`--etcd-compaction-interval`)
 */

import { type Clock, systemClock } from '../../helper/process/clock';
import type { Logger } from '../../helper/process/component';
import type { Store } from '../storage/store';

export const COMPACTION_INTERVAL_MS = 300_000;

export class StoreCompactor {
  /** newest revision at the last pass; undefined before the first */
  private seen: number | undefined;
  private compacted = 0;
  private cancel: (() => void) | undefined;
  private stopped = false;

  constructor(
    private readonly store: Pick<Store, 'compact' | 'currentRevision'>,
    private readonly log: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  /** The first interval begins now. */
  start(): void {
    void this.pass();
  }

  stop(): void {
    this.stopped = true;
    this.cancel?.();
  }

  /** Compacts to what the last call saw, and remembers what is the newest now. */
  async compact(): Promise<void> {
    const newest = await this.store.currentRevision();
    if (this.seen !== undefined && this.seen > this.compacted) {
      await this.store.compact(this.seen);
      this.compacted = this.seen;
    }
    this.seen = newest;
  }

  private async pass(): Promise<void> {
    await this.compact().catch((error) => this.log.warn({ err: error }, 'the store could not be compacted'));
    if (!this.stopped) this.cancel = this.clock.after(COMPACTION_INTERVAL_MS, () => void this.pass());
  }
}
