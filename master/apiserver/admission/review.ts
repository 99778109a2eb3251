/**
 * What an admission plugin is asked, and the form plugins have.
 */
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import type { ApiRequest } from '../api-request';
import type { Reinvocation } from '../webhooks/mutating';

export type Operation = 'create' | 'update' | 'delete';

export interface AdmissionReview {
  readonly operation: Operation;
  /** what is about to be stored; of a deletion the present object, read only */
  readonly object: KubeObject;
  /** the present object of an update, read only */
  readonly old?: KubeObject;
  readonly dryRun: boolean;
  /** Set by a plugin that booked something for the object: told whether the object was stored, so that it can take it back. */
  settle?: Settle;
  /** Set when a webhook changed the object: the plugins run once more. */
  reinvocation?: Reinvocation;
}

/** Must not throw: the answer to the client is decided already. */
export type Settle = (isStored: boolean) => void | Promise<void>;

/** Changes or checks the object; throws the StatusError that refuses it. A step that looks at memory only returns no promise. */
export type AdmissionStep = (request: ApiRequest, review: AdmissionReview) => void | Promise<void>;

/** One plugin, by the name Kubernetes has for it. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Has it anything to say about this kind and operation? Asked once, not for every request. */
  handles(kind: Kind, operation: Operation): boolean;
  /** Runs after defaults and before validation. */
  readonly mutate?: AdmissionStep;
  /** Runs after validation; may not change the object. */
  readonly validate?: AdmissionStep;
}

/** For {@link AdmissionPlugin.handles}: kinds of the core group by name, others as `Kind.group`. */
export function isOneOf(kind: Kind, names: readonly string[]): boolean {
  return names.includes(kind.group ? `${kind.kind}.${kind.group}` : kind.kind);
}
