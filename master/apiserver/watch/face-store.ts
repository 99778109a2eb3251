/**
 * The store as one face of a kind sees it: everything read from it is in the face's form, everything written is translated back.
 *
 * Handlers and caches work on it as on the store itself and know nothing of other versions; that is all there is to serving
 * one storage as several group versions. Kubernetes does the same: every version of a custom resource reads and caches for
 * itself and converts at the store.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
 */
import type { Face, Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import {
  type ListOptions,
  type ListResult,
  RevisionConflict,
  type Store,
  type StoredValue,
  type StoreWatch,
  type WatchHandler,
} from '../../storage/store';
import { encodeStored } from './cached-object';
import { ConvertedWatch } from './converted-watch';

/** What handlers and caches need of a store. */
export type ObjectStore = Pick<Store, 'currentRevision' | 'get' | 'list' | 'create' | 'update' | 'delete' | 'watch'>;

/** Bytes of some objects in another form, in the same order. */
export type ConvertBytes = (values: readonly Buffer[]) => readonly Buffer[] | Promise<readonly Buffer[]>;

const parse = (value: Buffer) => JSON.parse(value.toString('utf8')) as KubeObject;

function bytesConverter(convert: Face['fromStored'], form: Face['of']): ConvertBytes {
  const encode = (objects: readonly KubeObject[]) => objects.map((object) => encodeStored(form, object));
  return (values) => {
    const converted = convert(values.map(parse));
    return converted instanceof Promise ? converted.then(encode) : encode(converted);
  };
}

export class FaceStore implements ObjectStore {
  private readonly fromStored: ConvertBytes;
  private readonly toStored: ConvertBytes;

  constructor(
    private readonly store: ObjectStore,
    kind: Kind,
    face: Face,
  ) {
    this.fromStored = bytesConverter((objects) => face.fromStored(objects), kind);
    this.toStored = bytesConverter((objects) => face.toStored(objects), face.of);
  }

  currentRevision(): number | Promise<number> {
    return this.store.currentRevision();
  }

  async get(key: string): Promise<StoredValue | undefined> {
    const found = await this.store.get(key);
    return found && this.shown(found);
  }

  async list(prefix: string, options?: ListOptions): Promise<ListResult> {
    const page = await this.store.list(prefix, options);
    const values = await this.fromStored(page.items.map(({ value }) => value));
    return { ...page, items: page.items.map((item, index) => ({ ...item, value: values[index] ?? item.value })) };
  }

  async create(key: string, value: Buffer): Promise<number> {
    return this.store.create(key, await this.kept(value));
  }

  async update(key: string, value: Buffer, expectedRevision: number): Promise<number> {
    const kept = await this.kept(value);
    return this.store.update(key, kept, expectedRevision).catch((error) => this.failed(key, error));
  }

  async delete(key: string, expectedRevision: number): Promise<number> {
    return this.store.delete(key, expectedRevision).catch((error) => this.failed(key, error));
  }

  watch(prefix: string, after: number, handler: WatchHandler): StoreWatch {
    const watch = new ConvertedWatch(this.fromStored, handler);
    watch.begin(this.store.watch(prefix, after, watch));
    return watch;
  }

  private async kept(value: Buffer): Promise<Buffer> {
    const [kept = value] = await this.toStored([value]);
    return kept;
  }

  private async shown(stored: StoredValue): Promise<StoredValue> {
    const [value = stored.value] = await this.fromStored([stored.value]);
    return { ...stored, value };
  }

  /** A conflict carries the present state, which the writer goes on from: in the face's form, too. */
  private async failed(key: string, error: unknown): Promise<never> {
    if (!(error instanceof RevisionConflict) || !error.current) throw error;
    throw new RevisionConflict(key, 'an older revision', await this.shown(error.current));
  }
}
