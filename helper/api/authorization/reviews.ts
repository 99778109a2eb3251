/**
 * The questions to authorization: may somebody (SubjectAccessReview), somebody in this namespace (LocalSubjectAccessReview), may I
 * (SelfSubjectAccessReview) do this, and what may I do at all (SelfSubjectRulesReview). `kubectl auth can-i` asks the last two.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
import type {
  LocalSubjectAccessReview as PublishedLocalSubjectAccessReview,
  SelfSubjectAccessReview as PublishedSelfSubjectAccessReview,
  SelfSubjectRulesReview as PublishedSelfSubjectRulesReview,
  SubjectAccessReview as PublishedSubjectAccessReview,
} from 'kubernetes-types/authorization/v1';
import { defineReview } from '../define-review';
import { type FieldError, invalid } from '../field-error';
import type { ApiObject } from '../meta';

export type SubjectAccessReview = ApiObject<PublishedSubjectAccessReview>;
export type LocalSubjectAccessReview = ApiObject<PublishedLocalSubjectAccessReview>;
export type SelfSubjectAccessReview = ApiObject<PublishedSelfSubjectAccessReview>;
export type SelfSubjectRulesReview = ApiObject<PublishedSelfSubjectRulesReview>;
/** What the three access reviews have in common; who it is about only two of them say. */
export type AccessReview = SubjectAccessReview | LocalSubjectAccessReview | SelfSubjectAccessReview;

const GROUP = 'authorization.k8s.io';

function validateTarget({ spec }: AccessReview): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec ?? {};
  if (resourceAttributes && nonResourceAttributes) {
    const detail = 'cannot be specified in combination with resourceAttributes';
    return [invalid('spec.nonResourceAttributes', nonResourceAttributes, detail)];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalid('spec.resourceAttributes', resourceAttributes, detail)];
}

function validateSubject({ spec }: SubjectAccessReview | LocalSubjectAccessReview): FieldError[] {
  if (spec?.user || spec?.groups?.length) return [];
  return [invalid('spec.user', spec?.user ?? '', 'at least one of user or group must be specified')];
}

function validateLocal({ spec, metadata }: LocalSubjectAccessReview): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec ?? {};
  const namespace = resourceAttributes?.namespace ?? '';
  return [
    ...(resourceAttributes && namespace !== metadata.namespace
      ? [invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace')]
      : []),
    ...(nonResourceAttributes
      ? [invalid('spec.nonResourceAttributes', nonResourceAttributes, 'disallowed on this kind of request')]
      : []),
  ];
}

/** A question has no name: whoever sends one believes that it is kept. */
function validateNameless({ metadata }: AccessReview, allowed: readonly string[]): FieldError[] {
  const { managedFields: _managed, ...given } = metadata;
  const others = Object.entries(given).filter(([key, value]) => value && !allowed.includes(key));
  const except = allowed.length > 0 ? ` except for ${allowed.join(', ')}` : '';
  return others.length > 0 ? [invalid('metadata', given, `must be empty${except}`)] : [];
}

/** Row of the table: SubjectAccessReview. */
export const subjectAccessReviewKind = /* @__PURE__ */ defineReview<SubjectAccessReview>(
  { group: GROUP, kind: 'SubjectAccessReview', namespaced: false },
  (review) => [...validateTarget(review), ...validateSubject(review), ...validateNameless(review, [])],
);

/** Row of the table: LocalSubjectAccessReview. */
export const localSubjectAccessReviewKind = /* @__PURE__ */ defineReview<LocalSubjectAccessReview>(
  { group: GROUP, kind: 'LocalSubjectAccessReview', namespaced: true },
  (review) => [
    ...validateTarget(review),
    ...validateSubject(review),
    ...validateNameless(review, ['namespace']),
    ...validateLocal(review),
  ],
);

/** Row of the table: SelfSubjectAccessReview. */
export const selfSubjectAccessReviewKind = /* @__PURE__ */ defineReview<SelfSubjectAccessReview>(
  { group: GROUP, kind: 'SelfSubjectAccessReview', namespaced: false },
  (review) => [...validateTarget(review), ...validateNameless(review, [])],
);

/** Row of the table: SelfSubjectRulesReview. */
export const selfSubjectRulesReviewKind = /* @__PURE__ */ defineReview<SelfSubjectRulesReview>({
  group: GROUP,
  kind: 'SelfSubjectRulesReview',
  namespaced: false,
});
