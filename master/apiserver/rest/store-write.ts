/**
 * The writes themselves: create, change and remove one object in the store, with optimistic concurrency.
 *
 * A change is a function from the current state to the next one. When somebody else wrote in between it is tried again on the new
 * state, unless the client insisted on a version. A write that changes nothing is not made: the revision stays.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
import { type Kind, storedAs } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { alreadyExists, conflict, notFound } from '../../../helper/api/status-error';
import { RevisionConflict, storeKey } from '../../storage/store';
import type { ApiRequest } from '../api-request';
import { CachedObject, cachedObject, encodeStored, withResourceVersion } from '../watch/cached-object';
import { sameJson } from './same-json';

/** As in Kubernetes. */
const MAX_TRIES = 5;

export interface ChangeOptions {
  /** resourceVersion the client insists on; undefined or '' = whatever is there */
  readonly expectedVersion?: string | undefined;
  readonly dryRun: boolean;
}

/** What becomes of an object. */
export type Change = { readonly next: KubeObject } | { readonly remove: true } | { readonly keep: true };

export interface ChangeResult {
  readonly removed: boolean;
  /** the state after the change; of a removed object its last one */
  readonly object: CachedObject;
}

type Target = Pick<ApiRequest, 'kind' | 'cache'>;

const keyOf = (kind: Kind, namespace: string, name: string) => storeKey(storedAs(kind), namespace, name);

/** The state a write left behind: the one the cache holds when it has seen the write, as with the embedded store always. */
function written({ kind, cache }: Target, { metadata }: KubeObject, stored: Buffer, revision: number): CachedObject {
  const { namespace = '', name } = metadata;
  const cached = cache.get(namespace, name);
  return cached?.revision === revision ? cached : cachedObject(kind, keyOf(kind, namespace, name), stored, revision);
}

/** Stores a new object. Throws AlreadyExists. */
export async function createStored(target: Target, object: KubeObject, dryRun: boolean): Promise<CachedObject> {
  const { kind, cache } = target;
  const { name, namespace = '' } = object.metadata;
  const key = keyOf(kind, namespace, name);
  const stored = encodeStored(kind, object);
  if (dryRun) {
    await cache.waitUntilCurrent();
    if (cache.get(namespace, name)) throw alreadyExists(kind, name);
    return new CachedObject(key, namespace, name, 0, stored);
  }
  try {
    const revision = await cache.store.create(key, stored);
    return written(target, object, stored, revision);
  } catch (error) {
    if (error instanceof RevisionConflict) throw alreadyExists(kind, name);
    throw error;
  }
}

/** The newest state, past the cache; throws NotFound. */
async function readStored({ kind, cache }: Target, namespace: string, name: string): Promise<CachedObject> {
  const found = await cache.store.get(keyOf(kind, namespace, name));
  if (!found) throw notFound(kind, name);
  return cachedObject(kind, found.key, found.value, found.revision);
}

function modified(kind: ApiRequest['kind'], name: string) {
  return conflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** Applies `decide` to the current state, again on conflict, and stores what it says. Throws NotFound and Conflict. */
export async function changeStored(
  request: Target,
  namespace: string,
  name: string,
  options: ChangeOptions,
  decide: (current: CachedObject) => Change | Promise<Change>,
): Promise<ChangeResult> {
  const { kind, cache } = request;
  let current = cache.get(namespace, name);
  let isFresh = false;
  for (let attempt = 0; attempt <= MAX_TRIES; attempt++) {
    if (!current || (!isFresh && options.expectedVersion && options.expectedVersion !== String(current.revision))) {
      current = await readStored(request, namespace, name);
      isFresh = true;
    }
    if (options.expectedVersion && options.expectedVersion !== String(current.revision)) throw modified(kind, name);
    try {
      return await store(request, current, await decide(current), options.dryRun);
    } catch (error) {
      // What we saw may have been old: nothing that was decided from it counts.
      if (!(error instanceof RevisionConflict)) throw error;
      if (!error.current) throw notFound(kind, name);
      current = cachedObject(kind, error.current.key, error.current.value, error.current.revision);
      isFresh = true;
    }
  }
  throw modified(kind, name);
}

async function store(request: Target, current: CachedObject, change: Change, dryRun: boolean): Promise<ChangeResult> {
  const { kind, cache } = request;
  if ('keep' in change) return { removed: false, object: current };
  if ('remove' in change) {
    if (!dryRun) await cache.store.delete(current.key, current.revision);
    return { removed: true, object: current };
  }
  const stored = encodeStored(kind, change.next);
  const bytes = withResourceVersion(kind, stored, current.revision);
  if (sameJson(bytes, current)) return { removed: false, object: current };
  if (dryRun) {
    const { key, namespace, name, revision } = current;
    return { removed: false, object: new CachedObject(key, namespace, name, revision, bytes) };
  }
  const revision = await cache.store.update(current.key, stored, current.revision);
  return { removed: false, object: written(request, change.next, stored, revision) };
}
