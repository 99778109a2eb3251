/**
 * Admission: the last word on a write, after defaults and before validation. A chain of small functions, in a fixed order.
 *
 * Each may change the object of the request or refuse it by throwing. Admission webhooks take their place at the end of this list.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import type { ApiRequest } from '../api-request';
import { admitNodeWrite } from '../auth/node/admit-node-write';
import { admitRbacWrite } from '../auth/rbac/admit-rbac';
import { admitNamespace } from './namespace-lifecycle';
import { admitPod } from './pod-plugins';
import type { AdmissionPlugin, AdmissionReview } from './review';
import { admitServiceAccount } from './service-account';

const PLUGINS: readonly AdmissionPlugin[] = [
  admitNodeWrite,
  admitNamespace,
  admitServiceAccount,
  admitPod,
  admitRbacWrite,
];

/** Runs the chain. */
export async function admit(request: ApiRequest, review: AdmissionReview): Promise<void> {
  for (const plugin of PLUGINS) {
    const done = plugin(request, review);
    // Most plugins look at memory only; a promise for each would cost every write.
    if (done) await done;
  }
}
