/**
 * What a controller hands to the harness, and the plan a reconciler returns.
 *
 * A controller watches objects of a primary kind (and secondary kinds that map to keys of it) and, for one key at a time,
 * compares what is with what is wanted. The reconciler is pure: objects and the time in, plan out. The harness
 * (`run-controller.ts`) owns all the rest, once for all controllers: informers, de-duplication, one worker a key,
 * read-your-writes, applying the plan, retries with back-off, events.
 *
 * Read-your-writes: a key is reconciled only when its informers have seen the newest resourceVersion this controller wrote
 * for it (and its deletions). That replaces expectations and makes double creation impossible.
 * https://kubernetes.io/docs/concepts/architecture/controller/
 */
import type { KubeObject } from '../api/meta';
import type { Resource } from '../api/resource';
import type { DeleteOptions } from '../client/client';
import type { Cache } from '../client/informer';

/** An Event to record. Repeats of the same event are counted, not stored anew. */
export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase word: `SuccessfulCreate` */
  readonly reason: string;
  readonly message: string;
  /** the object it is about; absent: the primary object */
  readonly about?: KubeObject;
  /** the part of the object it is about: `spec.containers{web}` */
  readonly fieldPath?: string;
}

/**
 * Events tied to one write. In their messages `{name}` becomes the name of the written object (known only afterwards with
 * generateName) and `{error}` the message of the failure: `Created pod: {name}`, `Error creating: {error}`.
 */
export interface WriteEvents {
  readonly onSuccess?: EventDraft;
  readonly onFailure?: EventDraft;
}

/** One write. `object` of an update carries the resourceVersion it was read at, so a stale plan fails with Conflict and is made anew. */
export type Write = WriteEvents &
  (
    | {
        readonly verb: 'create';
        readonly resource: Resource;
        readonly object: KubeObject /** an AlreadyExists is fine */;
        readonly ignoreExisting?: boolean;
      }
    | { readonly verb: 'update'; readonly resource: Resource; readonly object: KubeObject }
    | { readonly verb: 'updateStatus'; readonly resource: Resource; readonly object: KubeObject }
    | {
        readonly verb: 'patch';
        readonly resource: Resource;
        readonly namespace: string;
        readonly name: string;
        readonly body: unknown;
        readonly subresource?: string /** default merge */;
        readonly type?: 'merge' | 'json' | 'strategic';
      }
    | {
        readonly verb: 'delete';
        readonly resource: Resource;
        readonly object: KubeObject;
        readonly options?: DeleteOptions;
      }
  );

export interface Plan {
  /**
   * Steps run in order; the writes inside one step run in parallel (creates in slow-start batches of 1, 2, 4, ...).
   * A failed write ends the plan after its step, and the key is tried again with back-off. NotFound on delete is success.
   */
  readonly steps: readonly (readonly Write[])[];
  /** recorded once all steps have succeeded */
  readonly events?: readonly EventDraft[];
  /**
   * When a step failed for another reason than a conflict: writes that tell the user so, such as a condition with this message
   * (`ReplicaFailure`, `NamespaceContentRemaining`). The key is tried again as after every failure.
   */
  onFailure?(message: string): readonly Write[];
  /** reconcile again after this time even if nothing changes */
  readonly requeueAfterMs?: number;
}

/** Nothing to do. */
export const EMPTY_PLAN: Plan = { steps: [] };

/** Read access to the informers of this controller. */
export interface View {
  /** The cache of a kind this controller watches; asking for another kind is a programming error and throws. */
  cache<T extends KubeObject>(resource: Resource<T>): Cache<T>;
}

/** A secondary kind and how a change of one of its objects wakes primary keys (`namespace/name`). */
export interface WatchSource<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  /** Keys to reconcile for this object; called for its state before and after each change. */
  toKeys(object: T, view: View): readonly string[];
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface ControllerSpec<P extends KubeObject> {
  /** component name; also the source of its events and its field manager */
  readonly name: string;
  readonly primary: Resource<P>;
  readonly watches: readonly WatchSource[];
  /** For causes that are no change of a watched object: called once at start with what wakes a key; returns what ends it. */
  wakeUps?(wake: (key: string) => void, view: View): () => void;
  /** keys reconciled at the same time; default 8 */
  readonly workers?: number;
  /** `primary` is undefined when the object is gone. Throw to retry with back-off; what only the user can fix is a condition or event. */
  plan(primary: P | undefined, key: string, view: View, now: Date): Plan | Promise<Plan>;
}

/** A watch source for objects whose controller owner is of the primary kind: wakes that owner. */
export function ownedWatch<T extends KubeObject>(resource: Resource<T>, ownerKind: string): WatchSource {
  return {
    resource,
    toKeys(object) {
      const owner = object.metadata.ownerReferences?.find(
        (reference) => reference.controller && reference.kind === ownerKind,
      );
      if (!owner) return [];
      return [object.metadata.namespace ? `${object.metadata.namespace}/${owner.name}` : owner.name];
    },
  };
}
