/**
 * What Docker last said of each of our containers, so that looking at a pod costs no call.
 *
 * Entries are made from inspect answers and marked stale by events; only a stale entry is asked for again. That holds while
 * the event stream is connected; while it is not, every look asks Docker.
 */
import { LABEL } from './docker-labels';
import type { Inspection } from './docker-state';

/** One line of Docker's container list. */
export interface Listed {
  readonly id: string;
  readonly podUid: string;
  /** `running`, `exited`, `created`, ... */
  readonly state: string;
}

export interface ContainerSource {
  list(): Promise<Listed[]>;
  /** undefined: there is no such container any more */
  inspect(id: string): Promise<Inspection | undefined>;
}

interface Entry {
  readonly podUid: string;
  inspection: Inspection | undefined;
  isStale: boolean;
  /** counts events: an answer that was under way when one arrived is stale on arrival */
  version: number;
}

export class ContainerCache {
  private readonly entries = new Map<string, Entry>();
  /** true while every change is told by an event */
  private isFollowing = false;
  /** true once everything there is has been seen since the stream connected */
  private isListed = false;

  constructor(private readonly source: ContainerSource) {}

  /** The event stream is connected, or not any more. Either way, what was known may be old. */
  setFollowing(isFollowing: boolean): void {
    this.isFollowing = isFollowing;
    this.isListed = false;
  }

  put(inspection: Inspection): void {
    const podUid = inspection.Config.Labels?.[LABEL.podUid] ?? '';
    const version = this.entries.get(inspection.Id)?.version ?? 0;
    this.entries.set(inspection.Id, { podUid, inspection, isStale: false, version });
  }

  /** An event told of a change of this container. */
  markStale(id: string, podUid: string): void {
    const entry = this.entries.get(id) ?? { podUid, inspection: undefined, isStale: true, version: 0 };
    entry.isStale = true;
    entry.version++;
    this.entries.set(id, entry);
  }

  /** We changed this container ourselves; the event will follow. */
  touch(id: string): void {
    const entry = this.entries.get(id);
    if (entry) this.markStale(id, entry.podUid);
  }

  forget(id: string): void {
    this.entries.delete(id);
  }

  /** All containers (of one pod), asking Docker only for what may have changed. */
  async all(podUid?: string): Promise<Inspection[]> {
    // Everything is asked for in regular intervals anyway (podUid absent): that is the slow relist, and compares with Docker's list.
    if (podUid === undefined || !this.isListed || !this.isFollowing) await this.relist();
    const wanted = [...this.entries].filter(([, entry]) => podUid === undefined || entry.podUid === podUid);
    const found = await Promise.all(wanted.map(([id]) => this.get(id)));
    return found.filter((inspection) => inspection !== undefined);
  }

  async get(id: string): Promise<Inspection | undefined> {
    const entry = this.entries.get(id);
    if (entry?.inspection && !entry.isStale && this.isFollowing) return entry.inspection;
    const version = entry?.version;
    const inspection = await this.source.inspect(id);
    if (inspection === undefined) {
      this.entries.delete(id);
      return undefined;
    }
    const isNew = entry === undefined;
    this.put(inspection);
    const current = this.entries.get(id);
    if (current && !isNew && current.version !== version) current.isStale = true;
    return inspection;
  }

  private async relist(): Promise<void> {
    const wasFollowing = this.isFollowing;
    const known = new Set(this.entries.keys());
    const listed = await this.source.list();
    const present = new Set(listed.map((one) => one.id));
    // Only what was known before the call: a container made meanwhile is not in the answer.
    for (const id of known) if (!present.has(id)) this.entries.delete(id);
    for (const one of listed) {
      const state = this.entries.get(one.id)?.inspection?.State.Status;
      if (state !== one.state || !wasFollowing) this.markStale(one.id, one.podUid);
    }
    this.isListed = wasFollowing;
  }
}
