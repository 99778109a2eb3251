/**
 * The images this kubelet has to do with, because it pulled them or its pods used them, and when. Kept in a file: what a kubelet
 * before a restart pulled is still ours to remove, and Docker's other images still are not.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

interface ImageRecord {
  readonly firstSeenMs: number;
  readonly lastUsedMs: number;
}

export class ImageRecords {
  private readonly records: Map<string, ImageRecord>;

  constructor(private readonly file: string) {
    this.records = new Map(Object.entries(readRecords(file)));
  }

  /** A container is about to use the image, or uses it. */
  use(id: string, nowMs: number): void {
    const known = this.records.get(id);
    this.records.set(id, { firstSeenMs: known?.firstSeenMs ?? nowMs, lastUsedMs: nowMs });
    if (!known) this.save();
  }

  get(id: string): ImageRecord | undefined {
    return this.records.get(id);
  }

  /** Forgets those the node no longer has, and writes down the rest. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.records.keys()) if (!ids.has(id)) this.records.delete(id);
    this.save();
  }

  /** In one piece or not at all. */
  private save(): void {
    writeFileSync(`${this.file}.new`, JSON.stringify(Object.fromEntries(this.records)));
    renameSync(`${this.file}.new`, this.file);
  }
}

/** Empty when there is no file, or no sense in it: then no image is ours, which errs on the safe side. */
function readRecords(file: string): Record<string, ImageRecord> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, ImageRecord>;
  } catch {
    return {};
  }
}
