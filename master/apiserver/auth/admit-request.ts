/**
 * The door: who sent this, as whom is it done, and may he? One function for requests and upgrades alike.
 *
 * What it finds is written into the trace at once, so that the audit trail also tells of those who were turned away.
 * https://kubernetes.io/docs/concepts/security/controlling-access/
 */
import type { IncomingMessage } from 'node:http';
import type { RequestTrace } from '../request-trace';
import { type Authorizer, accessOf } from './access';
import { forbiddenAccess } from './forbidden';
import { impersonatedUser, wantsImpersonation } from './impersonate';

/** Throws Forbidden unless the sender (or whom he may impersonate) is allowed to do what the trace says. */
export function admitRequest(req: IncomingMessage, trace: RequestTrace, authorizer: Authorizer): void {
  if (wantsImpersonation(req)) {
    trace.user = impersonatedUser(req.headersDistinct, trace.sender, authorizer) ?? trace.sender;
  }
  const access = accessOf(trace.info);
  const decision = authorizer.authorize(trace.user, access);
  trace.decision = decision;
  if (!decision.allowed) throw forbiddenAccess(trace.user, access, decision.reason);
}
