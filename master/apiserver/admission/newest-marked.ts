/**
 * Finds the default among classes: the one an annotation marks, the newest of them when several are marked.
 * https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
 */
import type { KubeObject } from '../../../helper/api/meta';
import type { WatchCache } from '../watch/watch-cache';

/** The newest object with one of these annotations `"true"`, the first by name of those made in the same second; undefined when none has it. */
export function newestMarked(cache: Pick<WatchCache, 'table'>, ...marks: readonly string[]): KubeObject | undefined {
  let chosen: KubeObject | undefined;
  // The table is in the order of names, so the first of equal age stays.
  for (const { object } of cache.table.list('')) {
    if (!marks.some((mark) => object.metadata.annotations?.[mark] === 'true')) continue;
    if (!chosen || (object.metadata.creationTimestamp ?? '') > (chosen.metadata.creationTimestamp ?? ''))
      chosen = object;
  }
  return chosen;
}
