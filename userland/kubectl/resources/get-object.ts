/**
 * One object by the name a user gives: the canonical one, or the one the dialect knows it by (`hpa_test`).
 */
import type { KubeObject } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { canonicalName } from '../../../helper/dialect/canonical-name';

/** Any object with its spec and status open to look into. */
export type AnyObject = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

/** Calls with the name, and once more with its canonical form when that differs and the first was not found. */
export async function withNameFallback<T>(name: string, call: (name: string) => Promise<T>): Promise<T> {
  try {
    return await call(name);
  } catch (error) {
    const canonical = canonicalName(name);
    if (!isNotFound(error) || canonical === undefined || canonical === name) throw error;
    return call(canonical).catch((second) => {
      // The user's own name is the one to speak of.
      throw isNotFound(second) ? error : second;
    });
  }
}

export function getObject<T extends KubeObject = AnyObject>(
  client: ApiClient,
  resource: Resource,
  namespace: string,
  name: string,
): Promise<T> {
  return withNameFallback(name, (tried) => client.get(resource as Resource<T>, namespace, tried));
}
