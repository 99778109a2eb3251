/**
 * GET of one object.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
import { notFound } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import type { CachedObject } from '../watch/cached-object';
import { parseResourceVersion } from './query-options';
import { sendObject } from './respond';

/** Waits until the cache is as new as the client asks: resourceVersion 0 = anything, N = not older, none = the newest. */
export function waitUntilFresh(
  { cache }: Pick<ApiRequest, 'cache'>,
  resourceVersion: number | undefined,
): Promise<void> | undefined {
  if (resourceVersion === undefined) return cache.waitUntilCurrent();
  return resourceVersion === 0 ? undefined : cache.waitUntil(resourceVersion);
}

/** The object the path names, as the cache has it. Throws NotFound. */
export function foundObject({ info, cache, kind }: ApiRequest): CachedObject {
  const object = cache.get(info.namespace, info.name);
  if (!object) throw notFound(kind, info.name);
  return object;
}

/** Answers 200 with the object, at once when the cache is fresh. Throws NotFound. */
export function handleGet(request: ApiRequest): void | Promise<void> {
  const { query } = request.info;
  const waiting = waitUntilFresh(
    request,
    query.size === 0 ? undefined : parseResourceVersion(query.get('resourceVersion')),
  );
  const send = () => sendObject(request, 200, foundObject(request));
  return waiting ? waiting.then(send) : send();
}
