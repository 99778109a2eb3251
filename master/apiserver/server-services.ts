/**
 * What the handlers share beyond the objects themselves: allocators, the signer of tokens, the way to kubelets.
 */
import type { AdmissionSettings } from './admission/admission-configuration';
import type { QuotaBook } from './admission/quota/quota-book';
import type { ExtensionRoutes } from './aggregation/extension-routes';
import type { AccessControl } from './auth/access-control';
import type { AuthenticateToken } from './auth/authenticate';
import type { ServiceAccountTokens } from './auth/service-account-tokens';
import type { Policies } from './policies/policies';
import type { KubeletConnection } from './proxy/kubelet-connection';
import type { UsageBook } from './resource-metrics/usage-book';
import type { KeyedQueue } from './rest/keyed-queue';
import type { ServiceAllocator } from './rest/service-allocator';
import type { Webhooks } from './webhooks/webhooks';

export interface ServerServices {
  /** who else serves part of the API */
  readonly extensions: ExtensionRoutes;
  /** who outside has a say in writes */
  readonly webhooks: Webhooks;
  readonly policies: Policies;
  /** what admission plugins are told about this cluster */
  readonly admission: AdmissionSettings;
  /** whose bearer token is this */
  readonly authenticateToken: AuthenticateToken;
  /** who may do what */
  readonly access: AccessControl;
  readonly tokens: ServiceAccountTokens;
  readonly allocator: ServiceAllocator;
  readonly kubelet: KubeletConnection;
  /** what nodes and pods use */
  readonly usage: UsageBook;
  readonly quotas: QuotaBook;
  /** one writer at a time for each key */
  readonly writers: KeyedQueue;
}
