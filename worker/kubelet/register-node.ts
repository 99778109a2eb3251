/**
 * Makes this host a Node of the cluster: creates the object, or brings the labels of an existing one up to date.
 *
 * https://kubernetes.io/docs/concepts/architecture/nodes/#self-registration-of-nodes
 */
import type { NodeStatus } from 'kubernetes-types/core/v1';
import { type Node, nodeResource } from '../../helper/api/core/node';
import { isAlreadyExists } from '../../helper/api/status-error';
import type { ApiClient } from '../../helper/client/client';

export interface Registration {
  readonly nodeName: string;
  readonly architecture: string;
  readonly operatingSystem: string;
  readonly status: NodeStatus;
}

/** Labels every kubelet gives its node. Roles are not among them: a node must not say itself what it is trusted with. */
function nodeLabels(registration: Omit<Registration, 'status'>): Record<string, string> {
  const { nodeName, architecture, operatingSystem } = registration;
  return {
    'beta.kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': operatingSystem,
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': operatingSystem,
  };
}

/** The Node as the API has it afterwards. Labels and annotations of others on an existing node stay. */
export async function registerNode(client: ApiClient, registration: Registration): Promise<Node> {
  const { nodeName, status } = registration;
  const labels = nodeLabels(registration);
  const metadata = {
    name: nodeName,
    labels,
    annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
  };
  try {
    return await client.create(nodeResource, { apiVersion: 'v1', kind: 'Node', metadata, spec: {}, status });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const existing = await client.get(nodeResource, '', nodeName);
  const isLabelled = Object.entries(labels).every(([key, value]) => existing.metadata.labels?.[key] === value);
  return isLabelled ? existing : client.patch(nodeResource, '', nodeName, 'merge', { metadata: { labels } });
}
