/**
 * A write as those outside the handlers see it: what webhooks are told of it and what policies compare it with.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import type { AdmissionReview, Operation } from '../admission/review';
import type { ApiRequest } from '../api-request';

/** What of a request is needed to ask others about it: connections have no response to write to. */
export type InterceptedRequest = Pick<
  ApiRequest,
  'info' | 'kind' | 'registry' | 'services' | 'user' | 'warnings' | 'trace'
>;

/** What is decided about; a connection is decided about by webhooks and policies alone. */
export type InterceptedReview = Pick<AdmissionReview, 'object' | 'old' | 'dryRun'> & {
  readonly operation: Operation | 'connect';
};

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Group, version and kind of an object. */
export interface ObjectKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Group, version and plural name. */
export interface ObjectResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export interface Attributes {
  readonly operation: AdmissionOperation;
  readonly kind: ObjectKind;
  readonly resource: ObjectResource;
  readonly subresource: string;
  readonly name: string;
  /** '' for objects outside namespaces */
  readonly namespace: string;
  /** what is about to be stored, or the body of a subresource; undefined for a deletion */
  readonly object: KubeObject | undefined;
  /** the present state of what is updated or deleted */
  readonly oldObject: KubeObject | undefined;
  readonly dryRun: boolean;
  readonly options: Readonly<Record<string, unknown>> | undefined;
}

const OPTIONS_KINDS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
};

function optionsOf({ info }: InterceptedRequest, dryRun: boolean): Attributes['options'] {
  const kind = OPTIONS_KINDS[info.verb];
  if (!kind) return undefined;
  const fieldManager = info.query.get('fieldManager');
  const fieldValidation = info.query.get('fieldValidation');
  return {
    kind,
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(fieldManager ? { fieldManager } : {}),
    ...(fieldValidation ? { fieldValidation } : {}),
  };
}

/** The attributes of a request with what is decided about. `bodyKind`: of subresources whose body is of another kind. */
export function attributesOf(
  request: InterceptedRequest,
  review: InterceptedReview,
  bodyKind?: ObjectKind,
): Attributes {
  const { info, kind } = request;
  const { operation, object, old, dryRun } = review;
  const isDeletion = operation === 'delete';
  const { group, version, plural } = kind;
  return {
    operation: operation.toUpperCase() as AdmissionOperation,
    kind: bodyKind ?? kindOf(kind),
    resource: { group, version, resource: plural },
    subresource: info.subresource,
    name: info.name || object.metadata?.name || '',
    // A Namespace counts as being inside itself.
    namespace: info.namespace || object.metadata?.namespace || (isNamespace(kind) ? (object.metadata?.name ?? '') : ''),
    object: isDeletion ? undefined : object,
    oldObject: isDeletion ? object : old,
    dryRun,
    options: optionsOf(request, dryRun),
  };
}

const kindOf = ({ group, version, kind }: Kind): ObjectKind => ({ group, version, kind });

/** True for the kind Namespace itself. */
export const isNamespace = ({ group, plural }: { readonly group: string; readonly plural: string }): boolean =>
  group === '' && plural === 'namespaces';
