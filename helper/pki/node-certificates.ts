/**
 * The certificates of a machine that joined: for whom, from which signer, and where each lies. One table, looped over by `join`, which
 * asks for all of them, and by the kubelet, which renews them.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
 */
import { join } from 'node:path';
import type { Settings } from '../process/settings';
import type { RequestedSubject } from './certificate-request';
import { NODE_AGENTS } from './node-agents';

const API_CLIENT = 'kubernetes.io/kube-apiserver-client';

/** What is asked for. */
export interface WantedCertificate {
  readonly subject: RequestedSubject;
  readonly signerName: string;
  readonly usage: 'client auth' | 'server auth';
  /** what it is for, in messages and in the request's name */
  readonly purpose: string;
}

/** Client certificates lie in the kubeconfig of this component, with its user's name. */
export interface ClientCertificate extends WantedCertificate {
  readonly component: string;
}

/** The kubelet's own: who the node is. */
export const kubeletCertificate = ({ nodeName }: Pick<Settings, 'nodeName'>): ClientCertificate => ({
  component: 'kubelet',
  subject: { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] },
  signerName: `${API_CLIENT}-kubelet`,
  usage: 'client auth',
  purpose: `node-${nodeName}`,
});

/** Those of the components beside the kubelet. */
export const agentCertificates = ({ nodeName }: Pick<Settings, 'nodeName'>): ClientCertificate[] =>
  NODE_AGENTS.map(({ component, user }) => ({
    component,
    subject: { commonName: user },
    signerName: API_CLIENT,
    usage: 'client auth',
    purpose: `${component}-${nodeName}`,
  }));

/** What the API server finds when it asks this kubelet for logs; asked for as the node, which may speak for itself only. */
export const servingCertificate = ({ nodeName, nodeIp }: Pick<Settings, 'nodeName' | 'nodeIp'>): WantedCertificate => ({
  subject: { ...kubeletCertificate({ nodeName }).subject, dnsNames: [nodeName], ipAddresses: [nodeIp] },
  signerName: 'kubernetes.io/kubelet-serving',
  usage: 'server auth',
  purpose: `serving-${nodeName}`,
});

/** Certificate and key of the kubelet's server in one file, so that they are replaced together; Kubernetes' name for it. */
export const servingFile = (home: string): string => join(home, 'pki', 'kubelet-server-current.pem');
