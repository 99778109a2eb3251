/**
 * The escalation check in the admission chain: every write of a role or binding, before it is stored.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */

import { RBAC_GROUP } from '../../../../helper/api/rbac/policy-rules';
import type { AdmissionReview } from '../../admission/review';
import type { ApiRequest } from '../../api-request';
import { checkEscalation } from './escalation';

/** The admission plugin. Deleting takes rights away, never gives any. */
export function admitRbacWrite(
  { user, kind, services }: ApiRequest,
  { operation, object, old }: AdmissionReview,
): void {
  if (kind.group !== RBAC_GROUP || operation === 'delete') return;
  const { authorizer, rbac, source } = services.access;
  checkEscalation({ user, authorizer, rbac, source }, object, old);
}
