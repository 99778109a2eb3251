/**
 * How the server itself writes to definitions and to the objects they define: past admission, with the usual care about who wrote
 * in between.
 */
import { CLEANUP_FINALIZER, type CustomResourceDefinition } from '../../../helper/api/apiextensions/definition';
import type { KubeObject } from '../../../helper/api/meta';
import { isNotFound } from '../../../helper/api/status-error';
import { sameValue } from '../../../helper/api/validate-metadata';
import { decideDeletion } from '../rest/deletion';
import { apiTime } from '../rest/object-identity';
import { changeStored } from '../rest/store-write';
import type { WatchCache } from '../watch/watch-cache';
import { acceptNames, type DefinitionStatus, withConditions } from './accept-names';

const PARALLEL_DELETIONS = 16;

const ignoreNotFound = (error: unknown) => {
  if (!isNotFound(error)) throw error;
};

/** Gives the definition the status it should have beside `all` others. A status that is right is not written again. */
export async function writeStatus(
  cache: WatchCache,
  name: string,
  all: () => readonly CustomResourceDefinition[],
): Promise<void> {
  await changeDefinition(cache, name, (definition) => acceptNames(definition, all(), apiTime(new Date())));
}

/** Says in the conditions how far the deletion is. */
export async function writeTerminating(cache: WatchCache, name: string, isDone: boolean): Promise<void> {
  const finding = isDone
    ? { status: 'False', reason: 'InstanceDeletionCompleted', message: 'removed all instances' }
    : { status: 'True', reason: 'InstanceDeletionInProgress', message: 'CustomResource deletion is in progress' };
  await changeDefinition(cache, name, ({ status }) => ({
    ...(status as DefinitionStatus),
    conditions: withConditions(status?.conditions ?? [], [{ type: 'Terminating', ...finding }], apiTime(new Date())),
  }));
}

async function changeDefinition(
  cache: WatchCache,
  name: string,
  statusOf: (definition: CustomResourceDefinition) => DefinitionStatus,
): Promise<void> {
  const target = { kind: cache.kind, cache };
  await changeStored(target, '', name, { dryRun: false }, (current) => {
    const next = current.copy() as unknown as CustomResourceDefinition;
    const status = statusOf(next);
    if (sameValue(next.status, status)) return { keep: true };
    next.status = status;
    return { next: next as unknown as KubeObject };
  }).catch(ignoreNotFound);
}

/** Lets a definition go whose objects are gone. */
export async function removeCleanupFinalizer(cache: WatchCache, name: string): Promise<void> {
  await changeStored({ kind: cache.kind, cache }, '', name, { dryRun: false }, (current) => {
    const next = current.copy();
    const finalizers = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
    if (finalizers.length === 0) return { remove: true };
    next.metadata.finalizers = finalizers;
    return { next };
  }).catch(ignoreNotFound);
}

/** Deletes every object in the cache that is not on its way out yet. Those with finalizers stay for a while. */
export async function deleteAllObjects(cache: WatchCache): Promise<void> {
  const objects = cache.table.list('').filter(({ object }) => !object.metadata.deletionTimestamp);
  for (let start = 0; start < objects.length; start += PARALLEL_DELETIONS) {
    const batch = objects.slice(start, start + PARALLEL_DELETIONS);
    const remove = ({ namespace, name }: (typeof batch)[number]) =>
      changeStored({ kind: cache.kind, cache }, namespace, name, { dryRun: false }, ({ object }) =>
        decideDeletion(cache.kind, object, {}, new Date()),
      ).catch(ignoreNotFound);
    await Promise.all(batch.map(remove));
  }
}
