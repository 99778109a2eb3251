/**
 * The order authorizers are asked in: the privileged group, then Node, then RBAC. The first that allows decides.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#using-flags-for-your-authorization-module
 */
import { type Access, ALLOWED, type Authorizer, type Decision, NO_OPINION, noOpinion } from './access';
import { forbiddenAccess } from './forbidden';
import type { User } from './user';

/** Whoever is in it may do everything, also while roles are missing or broken: the way back in. */
export const PRIVILEGED_GROUP = 'system:masters';

export const privilegedGroup: Authorizer = {
  authorize: (user) => (user.groups.includes(PRIVILEGED_GROUP) ? ALLOWED : NO_OPINION),
};

/** Asks each in turn; when nobody allows, the reasons of all are joined. */
export function authorizerChain(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(user, access) {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(user, access);
        if (decision.allowed) return decision;
        if (decision.reason) reasons.push(decision.reason);
      }
      return noOpinion(reasons.join('\n'));
    },
  };
}

/** Throws Forbidden unless the access is allowed; returns why it is. */
export function assertAllowed(authorizer: Authorizer, user: User, access: Access): Decision {
  const decision = authorizer.authorize(user, access);
  if (!decision.allowed) throw forbiddenAccess(user, access, decision.reason);
  return decision;
}
