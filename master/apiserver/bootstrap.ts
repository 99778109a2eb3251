/**
 * What an empty cluster needs before anybody can use it: the system namespaces, and the API server as a Service.
 *
 * Runs at every start and makes only what is missing. Objects are made through the same preparation as any client's.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces
 */
import { namespaceKind } from '../../helper/api/core/namespace';
import type { Kind } from '../../helper/api/kind';
import type { KubeObject } from '../../helper/api/meta';
import { isAlreadyExists } from '../../helper/api/status-error';
import { SYSTEM_NAMESPACES } from './admission/namespace-lifecycle';
import type { Registry } from './registry';
import { fillNewMetadata } from './rest/object-identity';
import { createStored } from './rest/store-write';

/** Stores a new object with its defaults; does nothing when it exists. */
export async function createMissing(
  registry: Registry,
  resource: Pick<Kind, 'group' | 'version' | 'plural'>,
  object: KubeObject,
) {
  const cache = registry.cacheOf(resource);
  const { kind } = cache;
  const { namespace = '', name } = object.metadata;
  if (cache.get(namespace, name)) return;
  fillNewMetadata(kind, object, new Date());
  kind.strategy.prepareForCreate?.(object);
  kind.strategy.applyDefaults?.(object);
  try {
    await createStored({ kind, cache, registry }, object, false);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Makes the system namespaces. */
export async function createSystemNamespaces(registry: Registry): Promise<void> {
  await Promise.all(
    SYSTEM_NAMESPACES.map((name) =>
      createMissing(registry, namespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    ),
  );
}
