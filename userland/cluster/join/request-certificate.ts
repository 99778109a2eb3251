/**
 * A certificate from the cluster: makes a key here, posts the request, waits until it is approved and signed.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
 */
import {
  type CertificateSigningRequest,
  certificateSigningRequestResource as resource,
} from '../../../helper/api/certificates/certificate-signing-request';
import type { ApiClient } from '../../../helper/client/client';
import { makeRequest, type RequestedSubject } from '../../../helper/pki/certificate-request';
import type { KeyPair } from '../../../helper/pki/issuer';
import { UserError } from '../run-command';
import { waitUntil } from '../wait-until';

const SIGNING_TIMEOUT_MS = 30_000;

export interface WantedCertificate {
  readonly subject: RequestedSubject;
  readonly signerName: string;
  readonly usage: 'client auth' | 'server auth';
  /** what it is for, in messages and in the request's name */
  readonly purpose: string;
}

/** Why it will not come; undefined while it may. */
function refusalOf({ status }: CertificateSigningRequest): string | undefined {
  const refused = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
  return refused && `${refused.type}: ${refused.message || refused.reason}`;
}

/** Resolves with certificate and key, PEM. Throws a UserError when it is refused or nobody approves it. */
export async function requestCertificate(client: ApiClient, wanted: WantedCertificate): Promise<KeyPair> {
  const { request, key } = await makeRequest(wanted.subject);
  const posted = await client.create(resource, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: `${wanted.purpose}-`, name: '' },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: wanted.signerName,
      usages: ['digital signature', wanted.usage],
    },
  });
  const { name } = posted.metadata;
  const certificate = await waitUntil(
    async () => {
      const now = await client.get(resource, '', name);
      const refusal = refusalOf(now);
      if (refusal) return { refusal };
      return now.status?.certificate ? { pem: Buffer.from(now.status.certificate, 'base64').toString() } : undefined;
    },
    {
      timeoutMs: SIGNING_TIMEOUT_MS,
      everyMs: 50,
      what: `the certificate request ${name} is signed`,
      advice: `Look at it on the control plane's machine: kubectl get csr ${name}; approve it: kubectl certificate approve ${name}. Is certificate-controller running?`,
    },
  );
  if (certificate.refusal !== undefined) {
    throw new UserError(
      `the certificate request ${name} was refused: ${certificate.refusal}`,
      `kubectl get csr ${name} -o yaml`,
    );
  }
  return { certificate: certificate.pem ?? '', key };
}
