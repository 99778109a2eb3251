/**
 * What authorization is asked about, and what it answers: the words every authorizer speaks.
 *
 * An access is one verb on one resource (or path) in one namespace; it comes from a request (`accessOf`) or from a
 * SubjectAccessReview. An authorizer allows it or has no opinion; when nobody allows, the request is forbidden.
 * Kubernetes also lets an authorizer deny outright; left out because neither Node nor RBAC ever does.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-whether-a-request-is-allowed-or-denied
 */
import { parseFieldSelector } from '../../../helper/api/field-selector';
import type { RequestInfo } from '../request-info';
import type { User } from './user';

/** One thing somebody wants to do. Texts that do not apply are ''. */
export interface Access {
  readonly isResource: boolean;
  readonly verb: string;
  /** of what is no resource request */
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** as sent with a list or watch: a node may list only its own pods */
  readonly fieldSelector: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** why; '' when there is nothing to say. Goes into the audit trail, and into the message of a refusal. */
  readonly reason: string;
}

/** One way of deciding. Synchronous: it reads memory only, and runs before every request. */
export interface Authorizer {
  authorize(user: User, access: Access): Decision;
}

/** Nothing speaks for it. */
export const NO_OPINION: Decision = { allowed: false, reason: '' };
export const ALLOWED: Decision = { allowed: true, reason: '' };

/** An answer without permission that says why. */
export const noOpinion = (reason: string): Decision => (reason ? { allowed: false, reason } : NO_OPINION);

const COLLECTION_VERBS: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/** What a field selector asks one field to be; '' when it does not. A selector nobody can read selects nothing here. */
export function selectedValue(fieldSelector: string, field: string): string {
  if (!fieldSelector.includes(field)) return '';
  try {
    const terms = parseFieldSelector(fieldSelector);
    return terms.find((term) => term.field === field && term.operator === '=')?.value ?? '';
  } catch {
    return ''; // The handler refuses it, with a message of its own.
  }
}

/**
 * The access a request is. As in Kubernetes a Namespace counts as being inside itself, so that a RoleBinding there can allow to
 * read it, and a list or watch narrowed to one name is an access to that name.
 */
export function accessOf(info: RequestInfo): Access {
  const { isResource, verb, path, group, resource, subresource, name } = info;
  const isCollection = COLLECTION_VERBS.has(verb);
  const fieldSelector = isCollection ? (info.query.get('fieldSelector') ?? '') : '';
  const isNamespace = resource === 'namespaces' && group === '';
  return {
    isResource,
    verb,
    path,
    group,
    resource,
    subresource,
    namespace: isNamespace ? name : info.namespace,
    name: name || selectedValue(fieldSelector, 'metadata.name'),
    fieldSelector,
  };
}

/** A resource access with the usual parts left out: for checks the api-server makes on its own account. */
export function resourceAccess(
  verb: string,
  resource: string,
  parts: Partial<Omit<Access, 'isResource' | 'verb' | 'resource'>> = {},
): Access {
  const nothing = { path: '', group: '', subresource: '', namespace: '', name: '', fieldSelector: '' };
  return { ...nothing, ...parts, isResource: true, verb, resource };
}
