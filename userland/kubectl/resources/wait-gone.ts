/**
 * Waits until an object is gone, or replaced by another one of the same name.
 */
import { isExpired, isNotFound } from '../../../helper/api/status-error';
import { CommandError } from '../command-error';
import type { Context } from '../verb';
import { objectLabel } from './discovery';
import type { FoundObject } from './find-objects';
import type { AnyObject } from './get-object';

/** The revision to watch from; undefined when it is gone. */
async function currentRevision({ resource, object }: FoundObject, context: Context): Promise<string | undefined> {
  const { namespace = '', name, uid } = object.metadata;
  try {
    const current = await context.client.get<AnyObject>(resource, namespace, name);
    return current.metadata.uid === uid ? (current.metadata.resourceVersion ?? '0') : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Resolves when it is gone, when the user interrupts, never later than the limit. `timeoutMs` 0 means no limit. */
export async function waitUntilGone(found: FoundObject, context: Context, timeoutMs: number): Promise<void> {
  const { resource, object } = found;
  const { namespace = '', name, uid } = object.metadata;
  const limit = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
  const signal = limit ? AbortSignal.any([context.signal, limit]) : context.signal;
  while (!signal.aborted) {
    const resourceVersion = await currentRevision(found, context);
    if (resourceVersion === undefined) return;
    try {
      const query = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion };
      for await (const event of context.client.watch<AnyObject>(resource, query, signal)) {
        if (event.type === 'DELETED' && event.object.metadata.uid === uid) return;
      }
    } catch (error) {
      if (!isExpired(error)) throw error;
    }
  }
  if (limit?.aborted)
    throw new CommandError(
      `timed out waiting for the condition on ${objectLabel({ ...resource, kind: resource.plural }, name)}`,
    );
}
