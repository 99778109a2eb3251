/**
 * ServiceAccount: who a pod is when it talks to the api-server.
 *
 * Its tokens are not stored: the `token` subresource signs one on request, bound to a pod and an expiry.
 * https://kubernetes.io/docs/concepts/security/service-accounts/
 */
import type { ServiceAccount as PublishedServiceAccount } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type ServiceAccount = ApiObject<PublishedServiceAccount>;

export const serviceAccountResource: Resource<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  categories: [],
  namespaced: true,
};

/** Row of the table: ServiceAccount. */
export const serviceAccountKind = /* @__PURE__ */ defineKind<ServiceAccount>({
  resource: serviceAccountResource,
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  returnsDeleted: true,
  subresources: [
    { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  ],
  columns: () => [
    nameColumn,
    column('Secrets', 'string', 'Number of secrets pods of this account may use.', ({ secrets }) =>
      String(secrets?.length ?? 0),
    ),
    ageColumn,
  ],
});
