/**
 * The object a dialect user calls by name, by the name it was written with, or by instance name.
 */
import type { KubeObject } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';
import { notFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { isCalled } from './shown-name';

export async function findCalledOrNone<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  namespace: string,
  name: string,
): Promise<T | undefined> {
  const { items } = await client.list(resource, { namespace });
  return items.find((object) => object.metadata.name === name) ?? items.find((object) => isCalled(object, name));
}

/** Throws NotFound. */
export async function findCalled<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  namespace: string,
  name: string,
): Promise<T> {
  const found = await findCalledOrNone(client, resource, namespace, name);
  if (!found) throw notFound(resource, name);
  return found;
}
