/**
 * `describe ingress`: hosts, paths, and the endpoints that stand behind each path now.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
import type { IngressBackend, IngressTLS } from 'kubernetes-types/networking/v1';
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { endpointSliceResource } from '../../../helper/api/discovery/endpoint-slice';
import type { Ingress } from '../../../helper/api/networking/ingress';
import type { ApiClient } from '../../../helper/client/client';
import { sliceEndpointsText } from './describe-endpoints';
import type { DescribeText } from './describe-text';

async function backendText(
  { service, resource }: IngressBackend,
  namespace: string,
  client: ApiClient,
): Promise<string> {
  if (resource) return `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind}, Name: ${resource.name}`;
  if (!service) return '';
  const wanted = service.port;
  const label = `${service.name}:${wanted?.name || (wanted?.number ?? 0)}`;
  let found: Service;
  try {
    found = await client.get(serviceResource, namespace, service.name);
  } catch (error) {
    return `${label} (<error: ${error instanceof Error ? error.message : String(error)}>)`;
  }
  const labelSelector = `kubernetes.io/service-name=${service.name}`;
  const slices = await client.list(endpointSliceResource, { namespace, labelSelector });
  const port = found.spec?.ports?.find(({ name, port }) =>
    wanted?.number ? port === wanted.number : name === wanted?.name,
  );
  return `${label} (${sliceEndpointsText(slices.items, port?.name ?? '')})`;
}

function describeTls(text: DescribeText, certificates: readonly IngressTLS[]): void {
  text.line(0, 'TLS:');
  for (const { secretName, hosts = [] } of certificates)
    text.line(1, secretName ? `${secretName} terminates ${hosts.join(',')}` : `SNI routes ${hosts.join(',')}`);
}

export async function describeIngress(text: DescribeText, ingress: Ingress, client: ApiClient): Promise<void> {
  const { metadata, spec, status } = ingress;
  const namespace = metadata.namespace ?? '';
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  text.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).line(0, 'Namespace:', namespace);
  text.line(0, 'Address:', addresses.join(',')).line(0, 'Ingress Class:', spec?.ingressClassName ?? '<none>');
  const fallback = spec?.defaultBackend ? await backendText(spec.defaultBackend, namespace, client) : '<default>';
  text.line(0, 'Default backend:', fallback);
  if (spec?.tls?.length) describeTls(text, spec.tls);
  text.line(0, 'Rules:').line(1, 'Host', 'Path', 'Backends').line(1, '----', '----', '--------');
  const rules = (spec?.rules ?? []).filter(({ http }) => http);
  for (const { host, http } of rules) {
    text.line(1, host || '*', '');
    for (const { path = '', backend } of http?.paths ?? [])
      text.line(2, '', `${path} `, await backendText(backend, namespace, client));
  }
  if (rules.length === 0) text.line(1, '*', '*', fallback);
  text.map('Annotations', metadata.annotations, ': ');
}
