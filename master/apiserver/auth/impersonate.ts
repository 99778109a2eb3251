/**
 * Impersonation: `kubectl --as jane` sends `Impersonate-User: jane`, and the request is done as her, if the sender may do that.
 *
 * Each thing pretended (user or ServiceAccount, every group, the uid, every extra) is an access with the verb `impersonate` that
 * the sender must be allowed. From then on the request is authorized and done as the pretended user; the audit trail names both.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
import type { IncomingMessage } from 'node:http';
import { badRequest } from '../../../helper/api/status-error';
import { type Access, type Authorizer, resourceAccess } from './access';
import { assertAllowed } from './authorizer-chain';
import { ANONYMOUS, AUTHENTICATED_GROUP, type User } from './user';

const PREFIX = 'impersonate-';
const EXTRA_PREFIX = `${PREFIX}extra-`;
const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
const AUTHENTICATION_GROUP = 'authentication.k8s.io';
const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

type Headers = Readonly<Record<string, readonly string[] | undefined>>;

/** What the headers ask for. */
interface Wanted {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Keys may hold characters no header can; clients send those percent-encoded. */
function extraKey(header: string): string {
  const encoded = header.slice(EXTRA_PREFIX.length);
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function wantedBy(headers: Headers): Wanted {
  const extra: Record<string, readonly string[]> = Object.create(null);
  for (const [header, values = []] of Object.entries(headers)) {
    if (header.startsWith(EXTRA_PREFIX)) extra[extraKey(header)] = values;
  }
  return {
    user: headers[`${PREFIX}user`]?.[0] ?? '',
    uid: headers[`${PREFIX}uid`]?.[0] ?? '',
    groups: headers[`${PREFIX}group`] ?? [],
    extra,
  };
}

/** All that must be allowed, in Kubernetes' order. */
function accessesFor({ user, uid, groups, extra }: Wanted): Access[] {
  const [, namespace, account] = ACCOUNT.exec(user) ?? [];
  const who =
    namespace && account
      ? resourceAccess('impersonate', 'serviceaccounts', { namespace, name: account })
      : resourceAccess('impersonate', 'users', { name: user });
  const extras = Object.entries(extra).flatMap(([subresource, values]) =>
    values.map((name) =>
      resourceAccess('impersonate', 'userextras', { group: AUTHENTICATION_GROUP, subresource, name }),
    ),
  );
  return [
    who,
    ...groups.map((name) => resourceAccess('impersonate', 'groups', { name })),
    ...extras,
    ...(uid ? [resourceAccess('impersonate', 'uids', { group: AUTHENTICATION_GROUP, name: uid })] : []),
  ];
}

/** The groups of the pretended user: those asked for, else what such a user has anyhow. */
function groupsOf({ user, groups }: Wanted): string[] {
  const [, namespace] = ACCOUNT.exec(user) ?? [];
  const ofAccount = namespace ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : [];
  const own = groups.length > 0 ? [...groups] : ofAccount;
  const implied = user === ANONYMOUS.name ? UNAUTHENTICATED_GROUP : AUTHENTICATED_GROUP;
  const isSaid = own.includes(implied) || own.includes(UNAUTHENTICATED_GROUP);
  return isSaid ? own : [...own, implied];
}

/** True when the request carries any of the headers; cheap, because it is asked of every request. */
export function wantsImpersonation({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  for (const header in headers) {
    if (header.startsWith(PREFIX)) return true;
  }
  return false;
}

/**
 * The user the request is done as; undefined when it asks for nobody else. `headers` are Node's `headersDistinct`.
 * Throws Forbidden when the sender may not, BadRequest when groups, uid or extras come without a user
 * (Kubernetes also refuses that, with a 500).
 */
export function impersonatedUser(headers: Headers, sender: User, authorizer: Authorizer): User | undefined {
  const wanted = wantedBy(headers);
  const hasMore = wanted.uid !== '' || wanted.groups.length > 0 || Object.keys(wanted.extra).length > 0;
  if (!wanted.user) {
    if (hasMore) throw badRequest('requested to impersonate a group, uid or extra without impersonating a user');
    return undefined;
  }
  for (const access of accessesFor(wanted)) assertAllowed(authorizer, sender, access);
  return {
    name: wanted.user,
    groups: groupsOf(wanted),
    ...(wanted.uid ? { uid: wanted.uid } : {}),
    ...(Object.keys(wanted.extra).length > 0 ? { extra: wanted.extra } : {}),
  };
}
