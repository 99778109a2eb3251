/**
 * Interfaces of the informer: a local copy of one resource, kept current by list and watch.
 *
 * An informer lists once, then watches from the list's revision; a lost connection resumes from the last seen revision, an
 * expired one (410) lists again. Handlers hear of every change of state, perhaps several changes as one; never rely on
 * seeing each step. `start-informer.ts` implements it.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import type { KubeObject } from '../api/meta';
import type { Resource } from '../api/resource';

export interface InformerHandler<T extends KubeObject> {
  /** `before` is undefined for a new object, `after` for one that is gone. */
  onChange(before: T | undefined, after: T | undefined): void;
}

/** Read side of an informer. Objects are shared: never change one. */
export interface Cache<T extends KubeObject> {
  readonly resource: Resource<T>;
  get(namespace: string, name: string): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): readonly T[];
  /** Objects whose controller owner has this uid. Indexed. */
  ownedBy(uid: string): readonly T[];
  /** true once the first list is in */
  readonly hasSynced: boolean;
  /** Revision up to which this copy is known to be complete; '' before the first list. */
  readonly resourceVersion: string;
}

export interface Informer<T extends KubeObject> extends Cache<T> {
  addHandler(handler: InformerHandler<T>): void;
  /** Resolves when the first list is in and handlers have heard of it. */
  whenSynced(): Promise<void>;
  stop(): void;
}
