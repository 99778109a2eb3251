/**
 * Read-your-writes: which of its own writes a key has not seen come back through the informers yet.
 *
 * A controller that created a pod and then looks at a copy that does not show it would create a second one. So after a
 * write the key waits until every informer that will show the write does: the object at that revision or a newer one, the
 * informer as a whole past it, or, for a deletion, an object of that uid no longer there.
 */
import { type KubeObject, objectKey } from '../api/meta';
import { qualifiedName, type Resource } from '../api/resource';
import { matchesQuery } from '../client/matches-query';
import type { SharedInformer } from './shared-informers';

interface OwnWrite {
  readonly type: string;
  readonly object: KubeObject;
  readonly isDeletion: boolean;
}

const revision = (text: string | undefined) => Number(text || 0);

export class OwnWrites {
  private readonly byKey = new Map<string, Map<string, OwnWrite>>();
  constructor(private readonly informers: readonly SharedInformer[]) {}

  /** `object` as the server returned it, or as it was when the server said it is gone. */
  record(key: string, resource: Resource, object: KubeObject, isDeletion: boolean): void {
    let writes = this.byKey.get(key);
    if (!writes) {
      writes = new Map();
      this.byKey.set(key, writes);
    }
    const type = qualifiedName(resource);
    writes.set(`${type} ${objectKey(object)}`, { type, object, isDeletion });
  }

  /** Texts of the writes of this key that are not visible yet; empty when it may be reconciled. */
  unseen(key: string): string[] {
    const writes = this.byKey.get(key);
    if (!writes) return [];
    for (const [id, write] of writes) if (this.isSeen(write)) writes.delete(id);
    if (writes.size === 0) this.byKey.delete(key);
    return [...writes.keys()];
  }

  /** Stops waiting for the writes of this key. */
  forget(key: string): void {
    this.byKey.delete(key);
  }

  private isSeen(write: OwnWrite): boolean {
    return this.informers.every(
      (shared) => qualifiedName(shared.informer.resource) !== write.type || isSeenBy(shared, write),
    );
  }
}

function isSeenBy({ informer, selectors }: SharedInformer, { object, isDeletion }: OwnWrite): boolean {
  const { namespace = '', name, uid, resourceVersion } = object.metadata;
  const copy = informer.get(namespace, name);
  if (isDeletion) return copy?.metadata.uid !== uid;
  const written = revision(resourceVersion);
  if (revision(copy?.metadata.resourceVersion) >= written || revision(informer.resourceVersion) >= written) return true;
  // An informer whose selectors pass over the object will never hear of it.
  return copy === undefined && !matchesQuery(object, selectors);
}
