/**
 * The fingerprint by which a joining machine recognises the cluster's CA: SHA-256 of its public key, as kubeadm prints it.
 * https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#token-based-discovery-with-ca-pinning
 */
import { createHash, X509Certificate } from 'node:crypto';

/** `sha256:<hex>` of the SubjectPublicKeyInfo of a PEM certificate. */
export function certificateHash(pem: string): string {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}
