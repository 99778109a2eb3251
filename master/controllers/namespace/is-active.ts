/**
 * Whether things may still be put into a namespace: one that is being deleted takes nothing new.
 */
import type { Namespace } from '../../../helper/api/core/namespace';

/** False for a namespace that is gone or terminating. */
export function isActive(namespace: Namespace | undefined): namespace is Namespace {
  return namespace !== undefined && !namespace.metadata.deletionTimestamp && namespace.status?.phase !== 'Terminating';
}
