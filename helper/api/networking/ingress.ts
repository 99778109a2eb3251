/**
 * Ingress: which HTTP requests from outside go to which Service, by host and path.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
import type { IngressLoadBalancerStatus, Ingress as PublishedIngress } from 'kubernetes-types/networking/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { validateIngress, validateIngressStatus } from './ingress-validation';

export type Ingress = ApiObject<PublishedIngress>;

export const ingressResource: Resource<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  categories: [],
  namespaced: true,
};

const SHOWN_AT_MOST = 3;

/** The first three hosts, and how many rules more; `*` when no rule names one. */
function hosts({ spec }: Ingress): string {
  const rules = spec?.rules ?? [];
  const named = rules.flatMap(({ host }) => (host ? [host] : []));
  if (!named.length) return '*';
  const shown = named.slice(0, SHOWN_AT_MOST).join(',');
  const isAll = named.length < SHOWN_AT_MOST || rules.length <= SHOWN_AT_MOST;
  return isAll ? shown : `${shown} + ${rules.length - SHOWN_AT_MOST} more...`;
}

function address(status: IngressLoadBalancerStatus | undefined): string {
  const points = (status?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  return [...new Set(points.filter(Boolean))].sort().join(',');
}

/** Row of the table: Ingress. */
export const ingressKind = /* @__PURE__ */ defineKind<Ingress>({
  resource: ingressResource,
  schema: 'io.k8s.api.networking.v1.Ingress',
  hasStatus: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column(
      'Class',
      'string',
      'The name of the IngressClass resource that should be used for additional configuration',
      ({ spec }) => spec?.ingressClassName ?? '<none>',
    ),
    column('Hosts', 'string', 'Hosts that incoming requests are matched against before the ingress rule', hosts),
    column('Address', 'string', 'Address is a list containing ingress points for the load-balancer', ({ status }) =>
      address(status?.loadBalancer),
    ),
    column('Ports', 'string', 'Ports of TLS configurations that open', ({ spec }) =>
      spec?.tls?.length ? '80, 443' : '80',
    ),
    ageColumn,
  ],
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  validate: validateIngress,
  validateStatusUpdate: validateIngressStatus,
});
