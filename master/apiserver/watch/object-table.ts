/**
 * The objects of one kind as they are now, by namespace and in key order: what GET and LIST read.
 *
 * Each namespace keeps its objects sorted, so a list is a walk, and keeps the joined bytes of its items until one changes, so
 * a list of a thousand pods asked twice is two writes of the same buffer; long ones ready framed for the wire.
 */
import type { CachedObject } from './cached-object';
import { recordChunks } from './record-chunks';

/** Longer bodies go out in chunks, as from Kubernetes: the client can begin before all is there, and need not gather it in one piece. */
export const LONG_BYTES = 128 * 1024;

const COMMA = Buffer.from(',');

/** First position whose name is not smaller. */
function positionOf(sorted: readonly CachedObject[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.name ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

const separated = (objects: readonly CachedObject[]) =>
  objects.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [COMMA, bytes]));

/** Objects of one namespace (or of the cluster, under ''). */
class Bucket {
  readonly byName = new Map<string, CachedObject>();
  readonly sorted: CachedObject[] = [];
  private items: Buffer | undefined;
  private chunks: Buffer | undefined;
  /** of all objects, as JSON */
  private bytes = 0;

  put(object: CachedObject): void {
    const position = positionOf(this.sorted, object.name);
    const before = this.byName.get(object.name);
    this.sorted.splice(position, before ? 1 : 0, object);
    this.byName.set(object.name, object);
    this.forget(object.bytes.length - (before?.bytes.length ?? 0));
  }

  remove(name: string): void {
    const before = this.byName.get(name);
    if (!before) return;
    this.byName.delete(name);
    this.sorted.splice(positionOf(this.sorted, name), 1);
    this.forget(-before.bytes.length);
  }

  private forget(grownBy: number): void {
    this.bytes += grownBy;
    this.items = undefined;
    this.chunks = undefined;
  }

  /** Long ones are joined anew each time: who asks for them is about to compress them. */
  itemBytes(): Buffer {
    if (this.bytes > LONG_BYTES) return Buffer.concat(separated(this.sorted));
    this.items ??= Buffer.concat(separated(this.sorted));
    return this.items;
  }

  /** undefined when the items are too few to be worth it */
  itemChunks(): Buffer | undefined {
    if (this.bytes <= LONG_BYTES) return undefined;
    this.chunks ??= recordChunks(separated(this.sorted));
    return this.chunks;
  }
}

export class ObjectTable {
  private readonly buckets = new Map<string, Bucket>();
  /** Buckets in the order of store keys: `a-b/` comes before `a/`. */
  private order: Bucket[] | undefined;
  size = 0;

  get(namespace: string, name: string): CachedObject | undefined {
    return this.buckets.get(namespace)?.byName.get(name);
  }

  put(object: CachedObject): void {
    let bucket = this.buckets.get(object.namespace);
    if (!bucket) {
      bucket = new Bucket();
      this.buckets.set(object.namespace, bucket);
      this.order = undefined;
    }
    const before = bucket.byName.size;
    bucket.put(object);
    this.size += bucket.byName.size - before;
  }

  remove(namespace: string, name: string): void {
    const bucket = this.buckets.get(namespace);
    if (!bucket?.byName.has(name)) return;
    bucket.remove(name);
    this.size--;
    if (bucket.byName.size > 0) return;
    this.buckets.delete(namespace);
    this.order = undefined;
  }

  clear(): void {
    this.buckets.clear();
    this.order = undefined;
    this.size = 0;
  }

  /** All objects of a namespace, or of all with '', in key order. Not to be changed, and gone stale at the next write. */
  list(namespace: string): readonly CachedObject[] {
    if (namespace) return this.buckets.get(namespace)?.sorted ?? [];
    const buckets = this.inOrder();
    return buckets.length === 1 ? (buckets[0]?.sorted ?? []) : buckets.flatMap(({ sorted }) => sorted);
  }

  /** The same objects as JSON joined by commas, in pieces to be sent one after the other. */
  itemBytes(namespace: string): readonly Buffer[] {
    const bucket = this.buckets.get(namespace);
    if (namespace || bucket) return bucket ? [bucket.itemBytes()] : [];
    return this.inOrder().flatMap((each, index) => (index === 0 ? [each.itemBytes()] : [COMMA, each.itemBytes()]));
  }

  /** The same, framed as HTTP chunks; undefined when they are few, or spread over namespaces. */
  itemChunks(namespace: string): Buffer | undefined {
    if (namespace) return this.buckets.get(namespace)?.itemChunks();
    return this.buckets.size === 1 ? this.inOrder()[0]?.itemChunks() : undefined;
  }

  private inOrder(): Bucket[] {
    this.order ??= [...this.buckets].sort(([a], [b]) => (`${a}/` < `${b}/` ? -1 : 1)).map(([, bucket]) => bucket);
    return this.order;
  }
}
