/**
 * TokenReview ("whose token is this?") and SelfSubjectReview ("who am I?", `kubectl auth whoami`).
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/
 */
import type {
  SelfSubjectReview as PublishedSelfSubjectReview,
  TokenReview as PublishedTokenReview,
} from 'kubernetes-types/authentication/v1';
import { defineReview } from '../define-review';
import type { ApiObject } from '../meta';

export type TokenReview = ApiObject<PublishedTokenReview>;
export type SelfSubjectReview = ApiObject<PublishedSelfSubjectReview>;

const GROUP = 'authentication.k8s.io';

/** Row of the table: TokenReview. */
export const tokenReviewKind = /* @__PURE__ */ defineReview<TokenReview>({
  group: GROUP,
  kind: 'TokenReview',
  namespaced: false,
});

/** Row of the table: SelfSubjectReview. */
export const selfSubjectReviewKind = /* @__PURE__ */ defineReview<SelfSubjectReview>({
  group: GROUP,
  kind: 'SelfSubjectReview',
  namespaced: false,
});
