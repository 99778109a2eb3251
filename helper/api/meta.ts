/**
 * The part every Kubernetes object shares: apiVersion, kind and metadata.
 *
 * Types come from the published API types (npm `kubernetes-types`); this file makes `metadata` required, because every
 * object inside this system has it, and names the few shapes that belong to no kind.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/
 */
import type { Condition, LabelSelector, OwnerReference, ObjectMeta as PublishedMeta } from 'kubernetes-types/meta/v1';

export type { Condition, LabelSelector, OwnerReference };

/** metadata of an object; `name` is always set once the api-server has seen it (generateName is resolved at create). */
export type ObjectMeta = Writable<PublishedMeta> & { name: string };

/** Any object of the API. `resourceVersion` is the store's revision of its last write, as a decimal string. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** The published type `T` with apiVersion, kind and metadata required: the form every object has in this system. */
export type ApiObject<T> = Writable<Omit<T, 'apiVersion' | 'kind' | 'metadata'>> & KubeObject;

/** Published types mark what users may not write (status, uid, ...) as read-only. We are the ones who write it. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A list as the API returns it. `resourceVersion` is the revision the list shows, to start a watch from. */
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

/** One line of a watch stream. BOOKMARK objects carry only a resourceVersion; ERROR objects are a Status. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** `namespace/name`, or `name` for a cluster-scoped object: how caches and queues call an object. */
export function objectKey(object: { metadata: { namespace?: string; name?: string } }): string {
  const { namespace, name = '' } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** Reverses {@link objectKey}; `namespace` is '' for a cluster-scoped object. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The ownerReference with `controller: true`, if there is one: the object that manages this one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}
