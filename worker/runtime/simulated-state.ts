/**
 * What a simulated runtime holds, and the file that lets it survive a restart as Docker's containers do.
 *
 * The file is written a moment after a change, all changes of that moment together: a thousand pods cost a few writes.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ContainerStatus, ImageStatus, SandboxStatus } from './runtime';
import type { Behaviour } from './simulated-behaviour';

const WRITE_DELAY_MS = 50;

export interface SimulatedContainer {
  status: ContainerStatus;
  readonly behaviour: Behaviour;
  readonly tty: boolean;
  /** what it printed: its one line */
  readonly output: string;
}

interface Saved {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly SimulatedContainer[];
  readonly images: readonly ImageStatus[];
}

export class SimulatedState {
  readonly sandboxes = new Map<string, SandboxStatus>();
  readonly containers = new Map<string, SimulatedContainer>();
  /** by the name they were pulled as */
  readonly images = new Map<string, ImageStatus>();
  /** ids by pod uid: looking at one pod among thousands is the common case */
  private readonly idsByPod = new Map<string, Set<string>>();
  private pendingWrite: NodeJS.Timeout | undefined;

  /** `file` undefined: memory only. */
  constructor(private readonly file?: string) {
    if (file !== undefined) this.load(file);
  }

  putSandbox(sandbox: SandboxStatus): void {
    this.sandboxes.set(sandbox.id, sandbox);
    this.index(sandbox.pod.uid, sandbox.id);
    this.changed();
  }

  putContainer(container: SimulatedContainer): void {
    this.containers.set(container.status.id, container);
    this.index(container.status.pod.uid, container.status.id);
    this.changed();
  }

  remove(id: string): void {
    const podUid = (this.sandboxes.get(id) ?? this.containers.get(id)?.status)?.pod.uid;
    this.sandboxes.delete(id);
    this.containers.delete(id);
    const ids = podUid === undefined ? undefined : this.idsByPod.get(podUid);
    ids?.delete(id);
    if (podUid !== undefined && ids?.size === 0) this.idsByPod.delete(podUid);
    this.changed();
  }

  sandboxesOf(podUid?: string): SandboxStatus[] {
    if (podUid === undefined) return [...this.sandboxes.values()];
    return this.idsOf(podUid).flatMap((id) => this.sandboxes.get(id) ?? []);
  }

  containersOf(podUid?: string): SimulatedContainer[] {
    if (podUid === undefined) return [...this.containers.values()];
    return this.idsOf(podUid).flatMap((id) => this.containers.get(id) ?? []);
  }

  changed(): void {
    if (this.file === undefined || this.pendingWrite) return;
    this.pendingWrite = setTimeout(() => this.flush(), WRITE_DELAY_MS);
  }

  /** Writes at once what waits to be written. */
  flush(): void {
    if (this.file === undefined || !this.pendingWrite) return;
    clearTimeout(this.pendingWrite);
    this.pendingWrite = undefined;
    const saved: Saved = {
      sandboxes: [...this.sandboxes.values()],
      containers: [...this.containers.values()],
      images: [...this.images.values()],
    };
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.new`, JSON.stringify(saved));
    renameSync(`${this.file}.new`, this.file);
  }

  private load(file: string): void {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return;
    }
    const saved = JSON.parse(text, reviveDate) as Saved;
    for (const image of saved.images) for (const tag of image.tags) this.images.set(tag, image);
    for (const sandbox of saved.sandboxes) this.putSandbox(sandbox);
    for (const container of saved.containers) this.putContainer(container);
  }

  private index(podUid: string, id: string): void {
    const ids = this.idsByPod.get(podUid) ?? new Set();
    ids.add(id);
    this.idsByPod.set(podUid, ids);
  }

  private idsOf(podUid: string): string[] {
    return [...(this.idsByPod.get(podUid) ?? [])];
  }
}

function reviveDate(key: string, value: unknown): unknown {
  return key.endsWith('At') && typeof value === 'string' ? new Date(value) : value;
}
