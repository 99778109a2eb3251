/**
 * Who sent a request: what authentication finds out and authorization and the audit trail use.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/
 */

export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  /** facts of the credential, e.g. the pod a token is bound to */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const AUTHENTICATED_GROUP = 'system:authenticated';

/** Nobody in particular: may see health and version, by the role system:public-info-viewer. */
export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Whoever reaches the plain HTTP port on loopback. */
export const LOOPBACK_ADMIN: User = { name: 'system:admin', groups: ['system:masters', AUTHENTICATED_GROUP] };

/** The user with the group every authenticated user has. */
export function authenticated(user: User): User {
  return { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };
}
