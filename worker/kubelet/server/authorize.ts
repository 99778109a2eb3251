/**
 * Who may use the kubelet's port: the API server, and members of system:masters. Pure.
 *
 * The TLS layer has checked the certificate against the cluster's CA; this looks at whose it is.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
 */

const API_SERVER = 'kube-apiserver-kubelet-client';
const MASTERS = 'system:masters';

/** Subject of a client certificate; several organizations come as an array. */
export interface CertificateSubject {
  readonly CN?: string | readonly string[];
  readonly O?: string | readonly string[];
}

export function mayUseKubelet(subject: CertificateSubject | undefined): boolean {
  const all = (value: string | readonly string[] | undefined) => (value === undefined ? [] : [value].flat());
  return all(subject?.CN).includes(API_SERVER) || all(subject?.O).includes(MASTERS);
}
