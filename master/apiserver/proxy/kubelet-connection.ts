/**
 * The way from the api-server to a kubelet: address and port of the node, and the certificate that says "the api-server asks".
 *
 * The kubelet's own certificate is checked against the cluster's CA; Kubernetes does so only when told to.
 * https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/#control-plane-to-node
 */
import type { Node } from '../../../helper/api/core/node';
import { StatusError, unavailable } from '../../../helper/api/status-error';

const DEFAULT_KUBELET_PORT = 10250;

/** Certificate, key and CA for kubelets, PEM. */
export interface KubeletCredentials {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** Where a kubelet listens, in the form node:https and node:tls take. */
export interface KubeletTarget extends KubeletCredentials {
  readonly host: string;
  readonly port: number;
}

export class KubeletConnection {
  constructor(private readonly credentials: KubeletCredentials) {}

  /** The kubelet of a node. Throws ServiceUnavailable when the node does not say where it is. */
  targetOf(node: Node | undefined, nodeName: string): KubeletTarget {
    if (!node)
      throw unavailable(`node ${JSON.stringify(nodeName)} does not exist any more: its kubelet cannot be asked`);
    const host = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    if (!host) throw unavailable(`node ${JSON.stringify(nodeName)} has no address of type InternalIP yet`);
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port || DEFAULT_KUBELET_PORT;
    return { ...this.credentials, host, port };
  }
}

/** What a client is told when the kubelet cannot be reached, as Kubernetes words it. */
export function kubeletUnreachable({ host, port }: KubeletTarget, path: string, error: Error): StatusError {
  const message = `Get "https://${host}:${port}${path}": ${error.message}`;
  return new StatusError('InternalError', message, { causes: [{ message }] });
}
