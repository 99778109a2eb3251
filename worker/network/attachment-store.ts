/**
 * What the node's network remembers: one small file per attached pod, and which address was given last.
 *
 * The files are the truth about addresses in use. They are written before the interface is made and removed after it is gone,
 * and replaced by rename, so that a kubelet killed at any moment finds every address that may be in use (a left-over one is
 * reclaimed by `reconcile`). They live under the cluster's home and survive restarts.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostPortMapping, PodIdentity } from '../runtime/runtime';

export interface Attachment {
  readonly pod: PodIdentity;
  readonly ip: string;
  /** the host's end of the pod's veth pair */
  readonly hostInterface: string;
  /** `net:[4026532…]`: tells whether a new attach means the same namespace */
  readonly namespaceId: string;
  readonly hostPorts: readonly HostPortMapping[];
}

export interface NetworkState {
  readonly podCidr?: string;
  readonly lastAddress?: string;
  /** kernel settings as they were before we changed them; for teardown */
  readonly sysctlsBefore?: Readonly<Record<string, string>>;
}

export class AttachmentStore {
  private readonly podsFolder: string;
  private readonly stateFile: string;
  private readonly byUid = new Map<string, Attachment>();
  private current: NetworkState;

  /** Reads what an earlier process left. A file that cannot be read counts as absent: its interface is found by `reconcile`. */
  constructor(stateDirectory: string) {
    this.podsFolder = join(stateDirectory, 'pods');
    this.stateFile = join(stateDirectory, 'network.json');
    mkdirSync(this.podsFolder, { recursive: true });
    this.current = readJson<NetworkState>(this.stateFile) ?? {};
    for (const name of readdirSync(this.podsFolder)) {
      if (!name.endsWith('.json')) continue;
      const attachment = readJson<Attachment>(join(this.podsFolder, name));
      if (attachment) this.byUid.set(attachment.pod.uid, attachment);
    }
  }

  get state(): NetworkState {
    return this.current;
  }

  saveState(change: NetworkState): void {
    this.current = { ...this.current, ...change };
    writeAtomically(this.stateFile, this.current);
  }

  get(podUid: string): Attachment | undefined {
    return this.byUid.get(podUid);
  }

  all(): Attachment[] {
    return [...this.byUid.values()];
  }

  usedAddresses(): Set<string> {
    return new Set(this.all().map((attachment) => attachment.ip));
  }

  put(attachment: Attachment): void {
    writeAtomically(this.fileOf(attachment.pod.uid), attachment);
    this.byUid.set(attachment.pod.uid, attachment);
  }

  remove(podUid: string): void {
    rmSync(this.fileOf(podUid), { force: true });
    this.byUid.delete(podUid);
  }

  /** Forgets everything: the network is torn down. */
  clear(): void {
    for (const uid of [...this.byUid.keys()]) this.remove(uid);
    this.current = {};
    rmSync(this.stateFile, { force: true });
  }

  private fileOf(podUid: string): string {
    // A uid comes from the API; a static pod's may be any text. Nothing in it may leave the folder.
    return join(this.podsFolder, `${podUid.replace(/[^A-Za-z0-9-]/g, '_')}.json`);
  }
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

function writeAtomically(file: string, value: unknown): void {
  const draft = `${file}.new`;
  writeFileSync(draft, JSON.stringify(value));
  renameSync(draft, file);
}
