/**
 * The first step of every request: who is asking? Client certificate, then bearer token, then nobody in particular.
 *
 * Who shows nothing is `system:anonymous`, and authorization says how little that is; who shows something wrong is refused.
 * Synchronous and cheap by intention; it runs before every request of the hot path.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { unauthorized } from '../../../helper/api/status-error';
import type { Registry } from '../registry';
import { userOfBootstrapToken } from './bootstrap-tokens';
import { certificateOf } from './client-certificate';
import type { ServiceAccountTokens, TokenUser } from './service-account-tokens';
import { userOfStaticToken } from './static-tokens';
import { ANONYMOUS, type User } from './user';

export type Authenticate = (request: IncomingMessage) => User;

const BEARER = /^bearer +(\S+) *$/i;

/** Whose token it is and for which of the audiences it is good; undefined when it is not. Without audiences: for this server. */
export type AuthenticateToken = (token: string, now: Date, audiences?: readonly string[]) => TokenUser | undefined;

export interface TokenSources {
  /** where bootstrap tokens are kept */
  readonly registry: Registry;
  readonly staticTokens: ReadonlyMap<string, User>;
  readonly serviceAccountTokens: ServiceAccountTokens;
}

/** The last header of a connection whose token is in the file: it need not be hashed again for every request. */
interface KnownHeader {
  readonly header: string;
  readonly user: User;
}

/** All kinds of bearer tokens, in turn. Those that name no audience are good for this server's own. */
export function createTokenAuthenticator({
  registry,
  staticTokens,
  serviceAccountTokens,
}: TokenSources): AuthenticateToken {
  const own = [serviceAccountTokens.issuer];
  return (token, now, audiences = own) => {
    const user = userOfStaticToken(staticTokens, token) ?? userOfBootstrapToken(registry, token, now);
    if (!user) return serviceAccountTokens.check(token, now, audiences);
    const good = audiences.filter((audience) => own.includes(audience));
    return good.length > 0 ? { user, audiences: good } : undefined;
  };
}

/** The function that names the user of a request; it throws Unauthorized for credentials that are not good. */
export function createAuthenticator(
  staticTokens: ReadonlyMap<string, User>,
  authenticateToken: AuthenticateToken,
): Authenticate {
  const knownHeaders = new WeakMap<Socket, KnownHeader>();
  const userOfToken = (token: string, header: string, socket: Socket): User => {
    const known = userOfStaticToken(staticTokens, token);
    if (known) knownHeaders.set(socket, { header, user: known });
    const user = known ?? authenticateToken(token, new Date())?.user;
    // A wrong token is refused everywhere, also where none would have done.
    if (!user) throw unauthorized();
    return user;
  };
  return ({ socket, headers }) => {
    const certificate = certificateOf(socket);
    if (certificate.user && Date.now() < certificate.goodUntil) return certificate.user;
    const header = headers.authorization;
    const known = header === undefined ? undefined : knownHeaders.get(socket);
    if (known && known.header === header) return known.user;
    const token = header === undefined ? undefined : BEARER.exec(header)?.[1];
    if (token) return userOfToken(token, header ?? '', socket);
    // A certificate was shown, and it is not one of ours or not any more.
    if (certificate.isShown) throw unauthorized();
    return ANONYMOUS;
  };
}
