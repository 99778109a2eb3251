/**
 * AdmissionReview on the wire: the question a webhook is asked and the answer it gives, checked.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response
 */
import { randomUUID } from 'node:crypto';
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import type { Status } from '../../../helper/api/status-error';
import { shownField } from '../../../helper/patch/json-object';
import type { User } from '../auth/user';
import type { Attributes, ObjectKind, ObjectResource } from './attributes';

/** `request` of an AdmissionReview. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: ObjectKind;
  readonly resource: ObjectResource;
  readonly subResource?: string;
  readonly requestKind: ObjectKind;
  readonly requestResource: ObjectResource;
  readonly requestSubResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly userInfo: Readonly<Record<string, unknown>>;
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
  readonly dryRun: boolean;
  readonly options: Readonly<Record<string, unknown>> | null;
}

/** `response` of an AdmissionReview. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: Partial<Status>;
  readonly patch?: string;
  readonly patchType?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  readonly warnings?: readonly string[];
}

/** Objects in the words of the row a rule named. */
export interface ShownObjects {
  readonly kind: Kind;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

/** Who asks, in the words of authentication.k8s.io. */
export function userInfoOf({ name, uid, groups, extra }: User): Readonly<Record<string, unknown>> {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

/** The question. */
export function admissionRequest(attributes: Attributes, user: User, shown: ShownObjects): AdmissionRequest {
  const { operation, kind, resource, subresource, name, namespace, dryRun, options } = attributes;
  const { group, version, plural } = shown.kind;
  const isSameVersion = group === resource.group && version === resource.version;
  return {
    uid: randomUUID(),
    kind: isSameVersion ? kind : { group, version, kind: shown.kind.kind },
    resource: { group, version, resource: plural },
    ...(subresource ? { subResource: subresource, requestSubResource: subresource } : {}),
    requestKind: kind,
    requestResource: resource,
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: userInfoOf(user),
    object: shown.object ?? null,
    oldObject: shown.oldObject ?? null,
    dryRun,
    options: options ?? null,
  };
}

/** The body of the question, in the newest version the webhook reads. */
export function reviewBody(request: AdmissionRequest, version: string): object {
  return { kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request };
}

/** The answer; throws an Error that says why it is none. */
export function readResponse(
  body: unknown,
  { uid }: AdmissionRequest,
  version: string,
  isMutating: boolean,
): AdmissionResponse {
  const review = body as { apiVersion?: unknown; kind?: unknown; response?: AdmissionResponse } | null;
  const expected = `admission.k8s.io/${version}`;
  if (version === 'v1' && (review?.apiVersion !== expected || review.kind !== 'AdmissionReview')) {
    const got = `${shownField(review?.apiVersion)}, Kind=${shownField(review?.kind)}`;
    throw new Error(`expected webhook response of ${expected}, Kind=AdmissionReview, got ${got}`);
  }
  const response = review?.response;
  if (!response) throw new Error('webhook response was absent');
  if (version === 'v1' && response.uid !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  }
  if (!isMutating && response.patch) throw new Error('response.patch may not be set');
  if (version === 'v1' && response.patch && !response.patchType) {
    throw new Error('webhook returned response.patch but not response.patchType');
  }
  if (response.patchType && response.patchType !== 'JSONPatch') {
    throw new Error(`invalid response.patchType of ${JSON.stringify(response.patchType)}`);
  }
  return response;
}
