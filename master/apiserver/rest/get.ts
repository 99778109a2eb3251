/**
 * GET of one object.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
import { notFound } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { parseResourceVersion } from './query-options';
import { sendObject } from './respond';

/** Waits until the cache is as new as the client asks: resourceVersion 0 = anything, N = not older, none = the newest. */
export function waitUntilFresh({ cache }: ApiRequest, resourceVersion: number | undefined): Promise<void> | undefined {
  if (resourceVersion === undefined) return cache.waitUntilCurrent();
  return resourceVersion === 0 ? undefined : cache.waitUntil(resourceVersion);
}

/** Answers 200 with the object. Throws NotFound. */
export async function handleGet(request: ApiRequest): Promise<void> {
  const { info, cache, kind } = request;
  await waitUntilFresh(request, parseResourceVersion(info.query.get('resourceVersion')));
  const object = cache.get(info.namespace, info.name);
  if (!object) throw notFound(kind, info.name);
  sendObject(request, 200, object);
}
