/**
 * A client that keeps of every object only what the graph needs, whatever the server sends.
 *
 * The server is asked for metadata alone (`metadataOnly`); one that does not know that form sends whole objects, which are cut
 * down here before the informer keeps them. Labels, annotations and managed fields would be most of the memory.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
 */
import type { KubeList, KubeObject, WatchEvent } from '../api/meta';
import { apiVersionOf, type Resource } from '../api/resource';
import type { ApiClient, ListQuery, WatchQuery } from './client';

/** The object's identity, owners, finalizers and deletion; nothing else. */
function bareMetadata(resource: Resource, { metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, ownerReferences, finalizers, deletionTimestamp } = metadata;
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(ownerReferences ? { ownerReferences } : {}),
      ...(finalizers ? { finalizers } : {}),
      ...(deletionTimestamp ? { deletionTimestamp } : {}),
    },
  };
}

/** The same client, whose lists and watches bring bare metadata. */
export function metadataClient(client: ApiClient): ApiClient {
  const bare = {
    async list(resource: Resource, query?: ListQuery): Promise<KubeList> {
      const list = await client.list(resource, query);
      return { ...list, items: list.items.map((item) => bareMetadata(resource, item)) };
    },
    async *watch(resource: Resource, query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchEvent> {
      for await (const event of client.watch(resource, query, signal)) {
        yield { ...event, object: bareMetadata(resource, event.object) };
      }
    },
  };
  return Object.assign(Object.create(client) as ApiClient, bare);
}
