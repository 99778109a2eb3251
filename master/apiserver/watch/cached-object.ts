/**
 * One object as the api-server keeps it: its JSON bytes, ready to send, and the parsed form when somebody needed it.
 *
 * The store's revision is the resourceVersion, so stored bytes do not contain it; it is spliced in once, here, and the bytes are
 * then shared by every GET, LIST and watcher. The parsed form is shared too and must never be changed: writers take a copy.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf } from '../../../helper/api/resource';

const headsByKind = new WeakMap<Kind, Buffer>();

/** What the stored bytes of every object of a kind begin with, up to and including the brace of metadata. */
function storedHead(kind: Kind): Buffer {
  let head = headsByKind.get(kind);
  if (!head) {
    head = Buffer.from(`{"kind":"${kind.kind}","apiVersion":"${apiVersionOf(kind)}","metadata":{`);
    headsByKind.set(kind, head);
  }
  return head;
}

/** The bytes to store: kind, apiVersion and metadata first, resourceVersion left out. */
export function encodeStored(kind: Pick<Kind, 'group' | 'version' | 'kind'>, object: KubeObject): Buffer {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _resourceVersion, ...meta } = metadata;
  return Buffer.from(JSON.stringify({ kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: meta, ...rest }));
}

/** The bytes to send: the stored ones with the resourceVersion put into metadata. */
export function withResourceVersion(kind: Kind, stored: Buffer, revision: number): Buffer {
  const head = storedHead(kind);
  if (stored.length <= head.length || head.compare(stored, 0, head.length) !== 0) {
    // Not written by us (etcdctl, another version): any order of keys is fine, it only takes longer.
    const object = JSON.parse(stored.toString('utf8')) as KubeObject;
    return withResourceVersion(kind, encodeStored(kind, object), revision);
  }
  const version = `"resourceVersion":"${revision}",`;
  const bytes = Buffer.allocUnsafe(stored.length + version.length);
  head.copy(bytes);
  bytes.write(version, head.length, 'latin1');
  stored.copy(bytes, head.length + version.length, head.length);
  return bytes;
}

export class CachedObject {
  private parsed: KubeObject | undefined;

  constructor(
    /** the store's key */
    readonly key: string,
    readonly namespace: string,
    readonly name: string,
    readonly revision: number,
    /** JSON with resourceVersion */
    readonly bytes: Buffer,
  ) {}

  /** The shared parsed form: read only. */
  get object(): KubeObject {
    this.parsed ??= this.copy();
    return this.parsed;
  }

  /** A fresh copy to change. */
  copy<T extends KubeObject = KubeObject>(): T {
    return JSON.parse(this.bytes.toString('utf8')) as T;
  }
}

/** Reads namespace and name off a store key. */
export function cachedObject(kind: Kind, key: string, stored: Buffer, revision: number): CachedObject {
  const slash = key.lastIndexOf('/');
  const namespace = kind.namespaced ? key.slice(key.lastIndexOf('/', slash - 1) + 1, slash) : '';
  return new CachedObject(key, namespace, key.slice(slash + 1), revision, withResourceVersion(kind, stored, revision));
}
