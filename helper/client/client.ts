/**
 * The client of the API: every component and command reaches the cluster through this interface and no other way.
 *
 * Methods take a {@link Resource} and return objects of its type; failures are `StatusError`s. A write carries its cause
 * (see {@link ApiClient.withCause}) so that the audit trail can show the chain of writes that led to an object.
 * `rest-client.ts` implements it over HTTPS.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import type { KubeList, KubeObject, WatchEvent } from '../api/meta';
import type { Resource } from '../api/resource';

export interface ListQuery {
  /** '' or absent: all namespaces */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchQuery extends ListQuery {
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
  /**
   * Events that come within this time of the last ones may be sent together; the first after a quiet time comes at once.
   * A parameter of minik8s; other api-servers do not know it and send every event by itself.
   */
  readonly batchMilliseconds?: number;
  /** Objects may come without metadata.managedFields. A parameter of minik8s; other api-servers send them. */
  readonly omitManagedFields?: boolean;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** of server-side apply: take over fields of other managers */
  readonly force?: boolean;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
}

export interface ApiClient {
  get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, query?: ListQuery): Promise<KubeList<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
    type: PatchType,
    body: unknown,
    options?: WriteOptions & { readonly subresource?: string },
  ): Promise<T>;
  /** Resolves with the object as it is after the call: still there with a deletionTimestamp, or undefined when it is gone. */
  delete<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
    options?: DeleteOptions,
  ): Promise<T | undefined>;
  deleteCollection(resource: Resource, namespace: string, query?: ListQuery, options?: DeleteOptions): Promise<void>;
  /** POST to a subresource (`binding`, `token`, `eviction`); resolves with the answer's body. */
  createSubresource(
    resource: Resource,
    namespace: string,
    name: string,
    subresource: string,
    body: unknown,
  ): Promise<unknown>;
  /**
   * One watch connection. Ends when the server ends it or `signal` aborts; an ERROR event (410 included) is thrown as StatusError.
   * Resuming is the informer's work.
   */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** Any path; JSON in, JSON (or text, when the answer is not JSON) out. */
  raw(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  /**
   * The same client, whose writes say they were caused by that object state: `deployments.apps/default/web@1234`.
   * Sent as the header `Minik8s-Cause`, kept in the audit log as annotation `minik8s.io/cause`.
   */
  withCause(cause: string): ApiClient;
}

/** The cause text of an object: what it is and the revision that triggered the work. */
export function causeOf(resource: Pick<Resource, 'group' | 'plural'>, object: KubeObject): string {
  const { namespace, name, resourceVersion = '0' } = object.metadata;
  const type = resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
  return `${type}/${namespace ? `${namespace}/` : ''}${name}@${resourceVersion}`;
}
