/**
 * The local copy inside an informer: objects by key, by namespace and by controller owner.
 *
 * Every change returns what was there before, so the informer can tell its handlers. Reads return the stored objects
 * themselves: whoever reads must not change them.
 */
import { controllerOf, type KubeObject, objectKey } from '../api/meta';

/** One change of the copy; `before` is undefined for a new object, `after` for one that is gone. */
export interface CacheChange<T extends KubeObject> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

type Index<T> = Map<string, Map<string, T>>;

export class ObjectCache<T extends KubeObject> {
  private readonly objects = new Map<string, T>();
  private readonly byNamespace: Index<T> = new Map();
  private readonly byOwner: Index<T> = new Map();

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  list(namespace?: string): readonly T[] {
    return [...((namespace ? this.byNamespace.get(namespace) : this.objects)?.values() ?? [])];
  }

  ownedBy(uid: string): readonly T[] {
    return [...(this.byOwner.get(uid)?.values() ?? [])];
  }

  /** Adds or replaces; undefined when the copy already has this very revision of it. */
  put(object: T): CacheChange<T> | undefined {
    const key = objectKey(object);
    const before = this.objects.get(key);
    if (before && isSameRevision(before, object)) return undefined;
    if (before) this.unindex(key, before);
    this.objects.set(key, object);
    addTo(this.byNamespace, object.metadata.namespace, key, object);
    addTo(this.byOwner, controllerOf(object)?.uid, key, object);
    return { before, after: object };
  }

  /** Removes; undefined when it was not there. */
  remove(key: string): CacheChange<T> | undefined {
    const before = this.objects.get(key);
    if (!before) return undefined;
    this.unindex(key, before);
    this.objects.delete(key);
    return { before, after: undefined };
  }

  /** Makes the copy hold exactly `objects`, and says what that changed: departures first. */
  replace(objects: readonly T[]): CacheChange<T>[] {
    const wanted = new Set(objects.map(objectKey));
    const gone = [...this.objects.keys()].filter((key) => !wanted.has(key));
    const changes = [...gone.map((key) => this.remove(key)), ...objects.map((object) => this.put(object))];
    return changes.filter((change) => change !== undefined);
  }

  private unindex(key: string, object: T): void {
    removeFrom(this.byNamespace, object.metadata.namespace, key);
    removeFrom(this.byOwner, controllerOf(object)?.uid, key);
  }
}

function isSameRevision(one: KubeObject, other: KubeObject): boolean {
  const { uid, resourceVersion } = one.metadata;
  return (
    resourceVersion !== undefined && resourceVersion === other.metadata.resourceVersion && uid === other.metadata.uid
  );
}

function addTo<T>(index: Index<T>, value: string | undefined, key: string, object: T): void {
  if (!value) return;
  let group = index.get(value);
  if (!group) {
    group = new Map();
    index.set(value, group);
  }
  group.set(key, object);
}

function removeFrom<T>(index: Index<T>, value: string | undefined, key: string): void {
  if (!value) return;
  const group = index.get(value);
  group?.delete(key);
  if (group?.size === 0) index.delete(value);
}
