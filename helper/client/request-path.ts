/**
 * Paths and queries of requests, from the typed options of `client.ts`.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */
import type { KubeObject } from '../api/meta';
import { type Resource, resourcePath } from '../api/resource';
import type { DeleteOptions, ListQuery, PatchType, WatchQuery, WriteOptions } from './client';

type QueryValue = string | number | boolean | undefined;

function withQuery(path: string, query: Readonly<Record<string, QueryValue>>): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`);
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
}

/** Path of a list request. */
export function listPath(resource: Resource, { namespace, ...query }: ListQuery): string {
  return withQuery(resourcePath(resource, namespace ?? ''), { ...query });
}

/** Path of a watch request. */
export function watchPath(resource: Resource, { namespace, ...query }: WatchQuery): string {
  return withQuery(resourcePath(resource, namespace ?? ''), { ...query, watch: true });
}

/** Path of a write to a collection, an object or a subresource. */
export function writePath(
  resource: Resource,
  { namespace = '', name = '', subresource = '' }: { namespace?: string; name?: string; subresource?: string },
  options: WriteOptions,
): string {
  const { dryRun, ...query } = options;
  return withQuery(resourcePath(resource, namespace, name, subresource), {
    ...query,
    dryRun: dryRun ? 'All' : undefined,
  });
}

/** Place of an object in the API. */
export function placeOf(object: KubeObject): { namespace: string; name: string } {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** The body of a delete request; undefined when nothing special is asked. */
export function deleteBody({ uid, resourceVersion, dryRun, ...options }: DeleteOptions): object | undefined {
  const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
  const body = {
    ...options,
    ...(Object.keys(preconditions).length > 0 ? { preconditions } : {}),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  return Object.keys(body).length > 0 ? { kind: 'DeleteOptions', apiVersion: 'v1', ...body } : undefined;
}

/** Media types of patches. JSON is YAML too, so an apply patch may be sent as JSON. */
export const PATCH_CONTENT_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
