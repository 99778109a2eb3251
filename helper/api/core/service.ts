/**
 * Service: one address and name for a changing set of pods.
 *
 * Its clusterIP and node ports are allocated by the api-server; kube-proxy makes them work on every node.
 * https://kubernetes.io/docs/concepts/services-networking/service/
 */
import type { Service as PublishedService } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn, wideColumn } from '../columns';
import { defineKind } from '../define-kind';
import { required } from '../field-error';
import type { ApiObject } from '../meta';
import { dns1035Label } from '../names';
import type { Resource } from '../resource';
import { carryOverAllocated, defaultService } from './service-defaults';
import { validateServiceSpec, validateServiceUpdate } from './service-validation';

export type Service = ApiObject<PublishedService>;

export const serviceResource: Resource<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
};

function externalIps({ spec, status }: Service): string {
  const own = spec?.externalIPs ?? [];
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  if (spec?.type !== 'LoadBalancer') return own.join(',') || '<none>';
  const given = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  return [...given.filter(Boolean), ...own].join(',') || '<pending>';
}

function ports({ spec }: Service): string {
  const texts = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return texts.join(',') || '<none>';
}

function selector({ spec }: Service): string {
  const pairs = Object.entries(spec?.selector ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
}

/** Row of the table: Service. */
export const serviceKind = /* @__PURE__ */ defineKind<Service>({
  resource: serviceResource,
  schema: 'io.k8s.api.core.v1.Service',
  returnsDeleted: true,
  nameRule: dns1035Label,
  hasStatus: true,
  subresources: [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  columns: () => [
    nameColumn,
    column('Type', 'string', 'How the Service is exposed.', ({ spec }) => spec?.type ?? ''),
    column('Cluster-IP', 'string', 'The address inside the cluster.', ({ spec }) => spec?.clusterIPs?.[0] ?? '<none>'),
    column('External-IP', 'string', 'Addresses outside the cluster.', externalIps),
    column('Port(s)', 'string', 'The ports that are exposed by this service.', ports),
    ageColumn,
    wideColumn('Selector', 'string', 'Labels of the pods traffic goes to.', selector),
  ],
  fieldSelectors: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
  },
  prepareForUpdate(service, old) {
    if (service.spec && old.spec) carryOverAllocated(service.spec, old.spec);
  },
  applyDefaults({ spec }) {
    if (spec) defaultService(spec);
  },
  validate: ({ spec }) => (spec ? validateServiceSpec(spec) : [required('spec.ports')]),
  validateUpdate: ({ spec }, old) => (spec && old.spec ? validateServiceUpdate(spec, old.spec) : []),
});
