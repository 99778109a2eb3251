/**
 * All records of the cluster by name, kept current Service by Service.
 *
 * A name without records exists as long as there is one below it (`default.svc.cluster.local`): the answer is then "no
 * data", not "no such name", because resolvers take the latter to mean everything below too (RFC 8020).
 */
import type { ZoneRecord } from './records';

const NONE: readonly ZoneRecord[] = [];

export class Zone {
  private readonly records = new Map<string, ZoneRecord[]>();
  private readonly byOwner = new Map<string, readonly ZoneRecord[]>();
  /** name -> how many names with records stand below it */
  private readonly below = new Map<string, number>();

  /** Replaces what `owner` (a Service's key) has said before; an empty list takes it back. False: nothing changed. */
  replace(owner: string, records: readonly ZoneRecord[]): boolean {
    const before = this.byOwner.get(owner) ?? NONE;
    if (JSON.stringify(before) === JSON.stringify(records)) return false;
    for (const record of before) this.remove(record);
    for (const record of records) this.add(record);
    if (records.length > 0) this.byOwner.set(owner, records);
    else this.byOwner.delete(owner);
    return true;
  }

  /** Records of a name in lower case; empty when only names below it exist, undefined when neither. */
  lookup(name: string): readonly ZoneRecord[] | undefined {
    return this.records.get(name) ?? (this.below.has(name) ? NONE : undefined);
  }

  get size(): number {
    return this.byOwner.size;
  }

  private add(record: ZoneRecord): void {
    const present = this.records.get(record.name);
    if (present) present.push(record);
    else {
      this.records.set(record.name, [record]);
      this.countAbove(record.name, 1);
    }
  }

  private remove(record: ZoneRecord): void {
    const left = (this.records.get(record.name) ?? []).filter((one) => one !== record);
    if (left.length > 0) this.records.set(record.name, left);
    else if (this.records.delete(record.name)) this.countAbove(record.name, -1);
  }

  private countAbove(name: string, step: 1 | -1): void {
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const parent = name.slice(dot + 1);
      const count = (this.below.get(parent) ?? 0) + step;
      if (count > 0) this.below.set(parent, count);
      else this.below.delete(parent);
    }
  }
}
