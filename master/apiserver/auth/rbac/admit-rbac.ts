/**
 * The escalation check in the admission chain: every write of a role or binding, before it is stored.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import type { AdmissionStep } from '../../admission/review';
import { checkEscalation, type EscalationContext } from './escalation';

/** The step for one api-server. Deleting takes rights away, never gives any. */
export function createRbacAdmission(context: Omit<EscalationContext, 'user'>): AdmissionStep {
  return ({ user, kind }, { operation, object, old }) => {
    if (kind.group !== 'rbac.authorization.k8s.io' || operation === 'delete') return;
    checkEscalation({ ...context, user }, object, old);
  };
}
