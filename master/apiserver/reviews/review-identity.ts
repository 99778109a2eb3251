/**
 * Answers of the authentication reviews: whose token is this, and who am I.
 *
 * A kubelet or an extension server that is handed a bearer token asks with a TokenReview; what comes back is the user it stands for.
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/
 */
import type { UserInfo } from 'kubernetes-types/authentication/v1';
import type { SelfSubjectReview, TokenReview } from '../../../helper/api/authentication/reviews';
import { badRequest } from '../../../helper/api/status-error';
import type { AuthenticateToken } from '../auth/authenticate';
import type { User } from '../auth/user';
import { apiTime } from '../rest/object-identity';

function userInfo({ name, uid, groups, extra }: User): UserInfo {
  const copies = Object.entries(extra ?? {}).map(([key, values]) => [key, [...values]]);
  return {
    username: name,
    ...(uid ? { uid } : {}),
    groups: [...groups],
    ...(copies.length > 0 ? { extra: Object.fromEntries(copies) } : {}),
  };
}

/** A token that is good for none of the audiences asked for is as good as none. */
export function reviewToken(review: TokenReview, authenticate: AuthenticateToken, now: Date): TokenReview {
  const { token, audiences } = review.spec ?? {};
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const found = authenticate(token, now, audiences?.length ? audiences : undefined);
  if (!found) return { ...review, status: { user: {}, error: 'invalid bearer token' } };
  return { ...review, status: { authenticated: true, user: userInfo(found.user), audiences: [...found.audiences] } };
}

export function reviewSelf(review: SelfSubjectReview, user: User, now: Date): SelfSubjectReview {
  return {
    ...review,
    metadata: { ...review.metadata, creationTimestamp: apiTime(now) },
    status: { userInfo: userInfo(user) },
  };
}
