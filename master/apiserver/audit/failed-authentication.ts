/**
 * A sender whose credentials are not good is nobody; what he showed is all the audit trail can say of him.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
import type { IncomingMessage } from 'node:http';
import { certificateOf } from '../auth/client-certificate';
import type { User } from '../auth/user';

/** The sender as rules of a policy see him: no user, in no group. */
export const UNKNOWN_SENDER: User = { name: '', groups: [] };

/** `Authentication failed, attempted: bearer`: with what the request was to be authenticated. */
export function failedAuthentication({ headers, url = '', socket }: IncomingMessage): string {
  const [scheme = '', credential] = (headers.authorization ?? '').trim().split(' ');
  const attempts = {
    basic: credential !== undefined && scheme.toLowerCase() === 'basic',
    bearer: credential !== undefined && scheme.toLowerCase() === 'bearer',
    access_token: /[?&]access_token=[^&]/.test(url),
    x509: certificateOf(socket).isShown,
  };
  const made = Object.entries(attempts).flatMap(([method, isMade]) => (isMade ? [method] : []));
  return made.length > 0
    ? `Authentication failed, attempted: ${made.join(', ')}`
    : 'Authentication failed, no credentials provided';
}
