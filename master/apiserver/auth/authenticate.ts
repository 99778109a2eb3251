/**
 * The first step of every request: who is asking? Client certificate, then bearer token, then, for a few paths, anybody.
 *
 * Synchronous and cheap by intention; it runs before every request of the hot path.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { unauthorized } from '../../../helper/api/status-error';
import { userOfConnection } from './client-certificate';
import type { ServiceAccountTokens } from './service-account-tokens';
import { userOfStaticToken } from './static-tokens';
import { ANONYMOUS, type User } from './user';

export type Authenticate = (request: IncomingMessage, path: string) => User;

const OPEN_PATHS = /^\/(?:healthz|livez|readyz|version)(?:\/|$)/;
const BEARER = /^bearer +(\S+) *$/i;

export interface AuthenticationSources {
  readonly staticTokens: ReadonlyMap<string, User>;
  readonly serviceAccountTokens: ServiceAccountTokens;
}

/** The last header of a connection whose token is in the file: it need not be hashed again for every request. */
interface KnownHeader {
  readonly header: string;
  readonly user: User;
}

/** The function that names the user of a request; it throws Unauthorized when there is none. */
export function createAuthenticator({ staticTokens, serviceAccountTokens }: AuthenticationSources): Authenticate {
  const knownHeaders = new WeakMap<Socket, KnownHeader>();
  const userOfHeader = (header: string, socket: Socket): User => {
    const token = BEARER.exec(header)?.[1] ?? '';
    const known = userOfStaticToken(staticTokens, token);
    if (known) knownHeaders.set(socket, { header, user: known });
    const user = known ?? serviceAccountTokens.userOf(token, new Date());
    // A wrong token is refused everywhere, also where none would have done.
    if (!user) throw unauthorized();
    return user;
  };
  return (request, path) => {
    const { socket } = request;
    const byCertificate = userOfConnection(socket);
    if (byCertificate) return byCertificate;
    const header = request.headers.authorization;
    if (header !== undefined) {
      const known = knownHeaders.get(socket);
      return known?.header === header ? known.user : userOfHeader(header, socket);
    }
    if (OPEN_PATHS.test(path)) return ANONYMOUS;
    throw unauthorized();
  };
}
