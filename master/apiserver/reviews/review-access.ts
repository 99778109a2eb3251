/**
 * Answers of the access reviews: the question put to the same chain that stands before every request.
 * https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
 */
import type { ResourceAttributes, SubjectAccessReviewStatus } from 'kubernetes-types/authorization/v1';
import type {
  AccessReview,
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '../../../helper/api/authorization/reviews';
import { badRequest } from '../../../helper/api/status-error';
import { type Access, type Authorizer, resourceAccess } from '../auth/access';
import type { AccessControl } from '../auth/access-control';
import { reviewRules } from '../auth/rbac/rules-review';
import type { User } from '../auth/user';

/** Field selectors of a review, which the published types of this version do not have yet. */
interface SelectorAttributes {
  readonly rawSelector?: string;
  readonly requirements?: readonly { readonly key: string; readonly operator: string; readonly values?: string[] }[];
}

/** As text; requirements only where the text can say them, others narrow nothing here. */
function selectorText({ rawSelector, requirements = [] }: SelectorAttributes = {}): string {
  if (rawSelector) return rawSelector;
  const terms = requirements.filter(({ operator, values = [] }) => operator === 'In' && values.length === 1);
  return terms.map(({ key, values = [] }) => `${key}=${values[0]}`).join(',');
}

function accessAsked({ spec }: AccessReview): Access {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (!resourceAttributes) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {};
    return { ...resourceAccess(verb, ''), isResource: false, path };
  }
  const {
    verb = '',
    group = '',
    resource = '',
    subresource = '',
    namespace = '',
    name = '',
    fieldSelector,
  } = resourceAttributes as ResourceAttributes & { fieldSelector?: SelectorAttributes };
  const parts = { group, subresource, namespace, name, fieldSelector: selectorText(fieldSelector) };
  return resourceAccess(verb, resource, parts);
}

function answered<T extends AccessReview>(review: T, user: User, authorizer: Authorizer): T {
  const { allowed, reason } = authorizer.authorize(user, accessAsked(review));
  const status: SubjectAccessReviewStatus = { allowed, ...(reason ? { reason } : {}) };
  return { ...review, status };
}

/** About somebody named in the review. */
export function reviewSubjectAccess<T extends SubjectAccessReview | LocalSubjectAccessReview>(
  review: T,
  { authorizer }: AccessControl,
): T {
  const { user = '', groups = [], uid, extra } = review.spec;
  const subject: User = { name: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
  return answered(review, subject, authorizer);
}

/** About whoever asks. */
export function reviewOwnAccess(
  review: SelfSubjectAccessReview,
  user: User,
  { authorizer }: AccessControl,
): SelfSubjectAccessReview {
  return answered(review, user, authorizer);
}

/** All that whoever asks may do in a namespace. */
export function reviewOwnRules(
  review: SelfSubjectRulesReview,
  user: User,
  { rbac }: AccessControl,
): SelfSubjectRulesReview {
  const namespace = review.spec?.namespace;
  if (!namespace) throw badRequest('no namespace on request');
  return { ...review, status: reviewRules(rbac, user, namespace) };
}
