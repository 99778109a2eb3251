/**
 * POST of a review: decode, check, answer with the review and its status. Nothing is stored.
 *
 * One row a kind; a review kind of the table without a row here does not exist, which a test makes sure of.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
import type { SelfSubjectReview, TokenReview } from '../../../helper/api/authentication/reviews';
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '../../../helper/api/authorization/reviews';
import type { KubeObject } from '../../../helper/api/meta';
import { invalidObject, methodNotAllowed, notAcceptable } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { bodyTypeOf, decodeObject } from '../rest/decode-body';
import { negotiate } from '../rest/negotiate';
import { placeInNamespace } from '../rest/object-identity';
import { parseWriteOptions } from '../rest/query-options';
import { readBody } from '../rest/read-body';
import { sendValue } from '../rest/respond';
import { reviewOwnAccess, reviewOwnRules, reviewSubjectAccess } from './review-access';
import { reviewSelf, reviewToken } from './review-identity';

/** A review is about no stored object, so there is no cache. */
export type ReviewRequest = Omit<ApiRequest, 'cache'>;
type Answer = (review: KubeObject, request: ReviewRequest) => KubeObject;

const ANSWERS: Readonly<Record<string, Answer>> = {
  SubjectAccessReview: (review, { services }) => reviewSubjectAccess(review as SubjectAccessReview, services.access),
  LocalSubjectAccessReview: (review, { services }) =>
    reviewSubjectAccess(review as LocalSubjectAccessReview, services.access),
  SelfSubjectAccessReview: (review, { user, services }) =>
    reviewOwnAccess(review as SelfSubjectAccessReview, user, services.access),
  SelfSubjectRulesReview: (review, { user, services }) =>
    reviewOwnRules(review as SelfSubjectRulesReview, user, services.access),
  TokenReview: (review, { services }) => reviewToken(review as TokenReview, services.authenticateToken, new Date()),
  SelfSubjectReview: (review, { user }) => reviewSelf(review as SelfSubjectReview, user, new Date()),
};

/** Answers 201 with the review, its status filled in. */
export async function handleReview(request: ReviewRequest): Promise<void> {
  const { req, info, kind, warnings } = request;
  const answer = ANSWERS[kind.kind];
  if (!answer || info.verb !== 'create' || info.name) throw methodNotAllowed();
  if (negotiate(req.headers.accept).as === 'table') {
    const resource = `${kind.plural}.${kind.group}`;
    throw notAcceptable(`the resource ${resource} does not support being converted to a Table`);
  }
  const options = parseWriteOptions(info.query, 'CreateOptions');
  const body = await readBody(req);
  const type = req.headers['content-type'];
  const review = await decodeObject(body, type, bodyTypeOf(kind), options.fieldValidation, warnings);
  placeInNamespace(kind, review, info.namespace);
  const errors = kind.strategy.validate(review);
  if (errors.length > 0) throw invalidObject(kind, review.metadata.name ?? '', errors);
  sendValue(request, 201, answer(review, request));
}
