/**
 * Admission: the last word on a write, after defaults and before validation. A chain of small functions, in a fixed order.
 *
 * Each may change the object of the request or refuse it by throwing. Admission webhooks take their place at the end of this list.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import type { KubeObject } from '../../../helper/api/meta';
import type { ApiRequest } from '../api-request';
import { admitNamespace } from './namespace-lifecycle';
import { admitPod } from './pod-plugins';
import { admitServiceAccount } from './service-account';

export interface AdmissionReview {
  readonly operation: 'create' | 'update' | 'delete';
  /** what is about to be stored; of a deletion the present object, read only */
  readonly object: KubeObject;
  /** the present object of an update, read only */
  readonly old?: KubeObject;
  readonly dryRun: boolean;
}

/** Changes the object or throws the StatusError that refuses it. */
export type AdmissionPlugin = (request: ApiRequest, review: AdmissionReview) => void | Promise<void>;

const PLUGINS: readonly AdmissionPlugin[] = [admitNamespace, admitServiceAccount, admitPod];

/** Runs the chain. */
export async function admit(request: ApiRequest, review: AdmissionReview): Promise<void> {
  for (const plugin of PLUGINS) {
    const done = plugin(request, review);
    // Most plugins look at memory only; a promise for each would cost every write.
    if (done) await done;
  }
}
