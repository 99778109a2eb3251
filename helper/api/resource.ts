/**
 * Names of a kind: what is needed to address it over HTTP, and nothing else.
 *
 * Clients and controllers import resources; only the api-server and kubectl need the full {@link Kind} with strategy and columns.
 * A kind's file (`core/pod.ts`) exports both: `podResource` and `podKind`.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology
 */
import type { KubeObject } from './meta';

export interface Resource<T extends KubeObject = KubeObject> {
  /** '' for the core group */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** e.g. `all`: what `kubectl get all` covers */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Never present: carries the object's type so that clients return `T` without casts. */
  readonly objectType?: T;
}

/** `v1` or `apps/v1`: the apiVersion of its objects. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}

/** `pods` or `deployments.apps`: how messages and the audit trail call the resource. */
export function qualifiedName(resource: Pick<Resource, 'group' | 'plural'>): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}

/** The request path of a collection, one object, or a subresource; namespace '' means all namespaces or cluster scope. */
export function resourcePath(resource: Resource, namespace = '', name = '', subresource = ''): string {
  const root = resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${namespace}` : '';
  return `${root}${scope}/${resource.plural}${name ? `/${name}` : ''}${subresource ? `/${subresource}` : ''}`;
}
