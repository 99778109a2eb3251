/**
 * The second step of every request: may this user do this? One function, so that RBAC takes its place without a change elsewhere.
 *
 * For now every authenticated identity may do everything, except the short-lived ones machines join with.
 * Kubernetes also has roles and bindings; left out because RBAC comes with the kinds it stands on.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/
 */
import type { RequestInfo } from '../request-info';
import { accessOf } from './access';
import { forbiddenAccess } from './forbidden';
import { BOOTSTRAP_GROUP, type User } from './user';

/** Throws Forbidden when the user may not do it. */
export type Authorize = (user: User, info: RequestInfo) => void;

/** Everybody who is somebody. */
export const allowAuthenticated: Authorize = (user, info) => {
  if (info.isResource && user.groups.includes(BOOTSTRAP_GROUP)) throw forbiddenAccess(user, accessOf(info));
};
