/**
 * The Service `kube-system/kube-dns` at the tenth address of the Service range: where pods send their questions.
 *
 * It has no selector, because the servers behind it are processes, one on each node, that publish their own endpoints.
 * `internalTrafficPolicy: Local` leads every pod to the server of its own node.
 * https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/
 */
import { type Service, serviceResource } from '../../helper/api/core/service';
import { isNotFound } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';
import { clusterDnsAddress } from '../../helper/net/cluster-dns-address';

function renderService(clusterIP: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: {
        'k8s-app': 'kube-dns',
        'kubernetes.io/cluster-service': 'true',
        'kubernetes.io/name': 'ClusterDNS',
      },
      annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
    },
    spec: {
      clusterIP,
      internalTrafficPolicy: 'Local',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
      ],
    },
  };
}

/** Makes the Service when it is not there; returns its address. Throws when another Service holds that address. */
export async function ensureDnsService(client: ApiClient, serviceCidr: string): Promise<string> {
  const address = clusterDnsAddress(serviceCidr);
  const wanted = renderService(address);
  const { namespace = '', name } = wanted.metadata;
  // Looked for first: creating it again would be refused for its address, which it has itself.
  const existing = await client.get(serviceResource, namespace, name).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return undefined;
  });
  if (!existing) await client.create(serviceResource, wanted);
  return address;
}
