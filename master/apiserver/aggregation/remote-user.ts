/**
 * Who asks, as headers an extension server believes: the connection shows the front proxy's certificate, the headers name the user.
 *
 * Whatever a client sends under these names is dropped first, or anybody could be anybody.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy
 */
import type { User } from '../auth/user';

export const USER_HEADER = 'X-Remote-User';
export const GROUP_HEADER = 'X-Remote-Group';
export const EXTRA_PREFIX = 'X-Remote-Extra-';

/** Whom an extension server sees when we ask on our own account: somebody it will always let in. */
export const AGGREGATOR: User = { name: 'system:kube-aggregator', groups: ['system:masters'] };

/** Characters of an extra's key a header name cannot hold, percent-encoded. */
const headerKey = (key: string) =>
  [...Buffer.from(key)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) => (/[A-Za-z0-9!#$&'*+.^_`|~-]/.test(char) ? char : `%${hex(char)}`))
    .join('');
const hex = (char: string) => char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');

/** The bytes of UTF-8, in the form Node sends them as. */
const onTheWire = (text: string) => Buffer.from(text).toString('latin1');

/** The headers for one user. */
export function remoteUserHeaders({ name, groups, extra = {} }: User): Record<string, string | string[]> {
  const extras = Object.entries(extra).map(([key, values]) => [EXTRA_PREFIX + headerKey(key), values.map(onTheWire)]);
  return {
    [USER_HEADER]: onTheWire(name),
    ...(groups.length > 0 ? { [GROUP_HEADER]: groups.map(onTheWire) } : {}),
    ...Object.fromEntries(extras),
  };
}

/** True for headers only the front proxy may set; `name` in lower case. */
export const isRemoteUserHeader = (name: string): boolean => name.startsWith('x-remote-');
