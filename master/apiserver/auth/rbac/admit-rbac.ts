/**
 * The escalation check as the last of the changing admission plugins: what it sees is what will be stored, and a refusal comes
 * before complaints about fields, as in Kubernetes.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import { RBAC_GROUP } from '../../../../helper/api/rbac/policy-rules';
import type { AdmissionPlugin } from '../../admission/review';
import { checkEscalation } from './escalation';

/** Looks at every write of a role or binding. Deleting takes rights away, never gives any. */
export const privilegeEscalation: AdmissionPlugin = {
  name: 'PrivilegeEscalation',
  handles: (kind, operation) => kind.group === RBAC_GROUP && operation !== 'delete',
  mutate({ user, services }, { object, old }) {
    const { authorizer, rbac, source } = services.access;
    checkEscalation({ user, authorizer, rbac, source }, object, old);
  },
};
