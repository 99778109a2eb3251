/**
 * Tells the cluster where this node's DNS server listens: an EndpointSlice `kube-dns-<node>` of the Service kube-dns.
 *
 * The server is a process on the node and no pod, so no selector finds it and no controller writes its endpoints. The slice
 * belongs to the Node object: when the node is deleted, the garbage collector takes the slice along.
 */
import { nodeResource } from '../../helper/api/core/node';
import { type EndpointSlice, endpointSliceResource } from '../../helper/api/discovery/endpoint-slice';
import { isNotFound } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';

const SYSTEM_NAMESPACE = 'kube-system';
const SERVICE = 'kube-dns';
export const METRICS_PORT = 9153;

export interface OwnEndpoint {
  readonly nodeName: string;
  readonly address: string;
  readonly port: number;
}

export const sliceName = (nodeName: string) => `${SERVICE}-${nodeName}`;

/** The whole slice; `nodeUid` as the API knows this node. */
function renderSlice({ nodeName, address, port }: OwnEndpoint, nodeUid: string): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: sliceName(nodeName),
      namespace: SYSTEM_NAMESPACE,
      labels: {
        'k8s-app': SERVICE,
        'kubernetes.io/service-name': SERVICE,
        'endpointslice.kubernetes.io/managed-by': 'cluster-dns.minik8s.io',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid }],
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true, serving: true, terminating: false }, nodeName }],
    ports: [
      { name: 'dns', port, protocol: 'UDP' },
      { name: 'dns-tcp', port, protocol: 'TCP' },
      { name: 'metrics', port: METRICS_PORT, protocol: 'TCP' },
    ],
  };
}

/** Creates or corrects the slice. Throws when the API cannot be asked, or the node is not registered yet. */
export async function publishEndpoint(client: ApiClient, own: OwnEndpoint): Promise<void> {
  const node = await client.get(nodeResource, '', own.nodeName);
  const wanted = renderSlice(own, node.metadata.uid ?? '');
  const current = await client
    .get(endpointSliceResource, SYSTEM_NAMESPACE, wanted.metadata.name)
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  if (!current) await client.create(endpointSliceResource, wanted);
  else {
    const { resourceVersion } = current.metadata;
    await client.update(endpointSliceResource, {
      ...wanted,
      metadata: { ...wanted.metadata, ...(resourceVersion ? { resourceVersion } : {}) },
    });
  }
}
