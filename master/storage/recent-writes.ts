/**
 * The writes that are durable in the journal and not yet in lmdb, for everybody who reads meanwhile.
 *
 * Rule: whoever reads lmdb in the same synchronous stretch puts these on top, leaving out those that lmdb shows already.
 */
import type { KeyState } from './embedded-records';
import type { Write } from './embedded-tables';

/** What a key holds after its last recent write; `state` undefined = deleted. */
export interface RecentState {
  readonly revision: number;
  readonly state: KeyState | undefined;
}

export class RecentWrites {
  private writes: Write[] = [];
  private readonly byKey = new Map<string, RecentState>();
  /** about how much memory they take */
  bytes = 0;

  /** in revision order */
  get all(): readonly Write[] {
    return this.writes;
  }

  /** undefined when the key has no recent write, so that lmdb knows */
  get(key: string): RecentState | undefined {
    return this.byKey.get(key);
  }

  add(writes: readonly Write[]): void {
    for (const write of writes) {
      this.writes.push(write);
      const { key, revision } = write.change;
      this.byKey.set(key, { revision, state: write.value && { revision, value: write.value } });
      this.bytes += sizeOf(write);
    }
  }

  /** lmdb has everything up to this revision. */
  dropUpTo(revision: number): void {
    const kept = this.writes.findIndex(({ change }) => change.revision > revision);
    const dropped = this.writes.splice(0, kept < 0 ? this.writes.length : kept);
    for (const write of dropped) {
      const { key } = write.change;
      if ((this.byKey.get(key)?.revision ?? 0) <= revision) this.byKey.delete(key);
      this.bytes -= sizeOf(write);
    }
  }
}

const sizeOf = ({ change, value }: Write) =>
  change.key.length + (value?.length ?? 0) + (change.before?.value.length ?? 0);
