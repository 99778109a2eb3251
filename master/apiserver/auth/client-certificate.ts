/**
 * Identity from the TLS client certificate: CN is the user name, each O a group.
 *
 * TLS has checked the chain when the connection was made (`requestCert`); a certificate of another CA counts as none. The answer is
 * kept per socket, because a certificate is read once and a connection carries thousands of requests.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { authenticated, type User } from './user';

const bySocket = new WeakMap<Socket, User | null>();

const asList = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());

function readCertificate(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined;
  const subject = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] } | undefined;
  const [name] = asList(subject?.CN);
  return name ? authenticated({ name, groups: asList(subject?.O) }) : undefined;
}

/** The user of the connection; undefined when it brought no certificate of our CA. */
export function userOfConnection(socket: Socket): User | undefined {
  const known = bySocket.get(socket);
  if (known !== undefined) return known ?? undefined;
  const user = socket instanceof TLSSocket ? readCertificate(socket) : undefined;
  bySocket.set(socket, user ?? null);
  return user;
}
