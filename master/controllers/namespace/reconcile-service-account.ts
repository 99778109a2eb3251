/**
 * Every namespace has a ServiceAccount `default`: what a pod is when it names no other account.
 *
 * Without it no pod is admitted into the namespace. It is made once and made again when it is removed; what a user adds to it
 * (pull secrets) stays.
 * https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts
 */
import type { Namespace } from '../../../helper/api/core/namespace';
import { type ServiceAccount, serviceAccountResource } from '../../../helper/api/core/service-account';
import { EMPTY_PLAN, type Plan } from '../../../helper/controller/controller';
import { isActive } from './is-active';

export const DEFAULT_ACCOUNT = 'default';

/** Creates the account when the namespace is active and has none; nothing otherwise. */
export function reconcileServiceAccount(namespace: Namespace | undefined, current: ServiceAccount | undefined): Plan {
  if (!isActive(namespace) || (current && !current.metadata.deletionTimestamp)) return EMPTY_PLAN;
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: DEFAULT_ACCOUNT, namespace: namespace.metadata.name },
  };
  return { steps: [[{ verb: 'create', resource: serviceAccountResource, object: account, ignoreExisting: true }]] };
}
