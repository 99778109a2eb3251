/**
 * Identity from the TLS client certificate: CN is the user name, each O a group.
 *
 * TLS has checked the chain when the connection was made (`requestCert`); what it found is kept per socket, because a certificate is
 * read once and a connection carries thousands of requests. The end of its time is looked at again with every request.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { authenticated, type User } from './user';

/** What a connection showed. */
export interface ShownCertificate {
  /** false when there was none at all */
  readonly isShown: boolean;
  /** whom it names; undefined when it is not of our CA or names nobody */
  readonly user: User | undefined;
  /** milliseconds since 1970 */
  readonly goodUntil: number;
}

const NONE: ShownCertificate = { isShown: false, user: undefined, goodUntil: 0 };
const bySocket = new WeakMap<Socket, ShownCertificate>();

const asList = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());

function readCertificate(socket: TLSSocket): ShownCertificate {
  const certificate = socket.getPeerCertificate();
  // Without one Node answers with an empty object.
  const subject = certificate.subject as { CN?: string | string[]; O?: string | string[] } | undefined;
  if (!subject) return NONE;
  const [name] = asList(subject.CN);
  const user = socket.authorized && name ? authenticated({ name, groups: asList(subject.O) }) : undefined;
  return { isShown: true, user, goodUntil: Date.parse(certificate.valid_to) };
}

/** The certificate of the connection. */
export function certificateOf(socket: Socket): ShownCertificate {
  const known = bySocket.get(socket);
  if (known) return known;
  const shown = socket instanceof TLSSocket ? readCertificate(socket) : NONE;
  bySocket.set(socket, shown);
  return shown;
}
