/**
 * Watches one object until it is as wanted: read it, watch from there, and read again when the watch breaks off.
 */
import type { KubeObject } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';
import { isExpired } from '../../../helper/api/status-error';
import { CommandError } from '../command-error';
import type { Context } from '../verb';
import { objectLabel } from './discovery';

export interface WatchedPlace<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly namespace: string;
  readonly name: string;
}

/** The object once `isReached` says so; undefined when `signal` aborted first. Throws when it is deleted meanwhile. */
export async function watchUntil<T extends KubeObject>(
  { resource, namespace, name }: WatchedPlace<T>,
  isReached: (object: T) => boolean,
  { client }: Pick<Context, 'client'>,
  signal: AbortSignal,
): Promise<T | undefined> {
  while (!signal.aborted) {
    const current = await client.get(resource, namespace, name);
    if (isReached(current)) return current;
    const query = {
      namespace,
      fieldSelector: `metadata.name=${name}`,
      resourceVersion: current.metadata.resourceVersion ?? '0',
    };
    try {
      for await (const event of client.watch(resource, query, signal)) {
        if (event.type === 'DELETED')
          throw new CommandError(`${objectLabel(resource, name)} was deleted while waiting`);
        if (event.type !== 'BOOKMARK' && isReached(event.object)) return event.object;
      }
    } catch (error) {
      if (!isExpired(error)) throw error;
    }
  }
  return undefined;
}
