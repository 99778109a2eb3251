/**
 * A certificate from the cluster: makes a key here, posts the request, waits until it is approved and signed.
 *
 * A machine that joins asks so with its token, a node that renews with the certificate it has.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CertificateSigningRequest,
  certificateSigningRequestResource as resource,
} from '../api/certificates/certificate-signing-request';
import type { ApiClient } from '../client/client';
import type { KeyPair } from './issuer';
import type { WantedCertificate } from './node-certificates';

const SIGNING_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/** Why it will not come; undefined while it may. */
function refusalOf({ status }: CertificateSigningRequest): string | undefined {
  const refused = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
  return refused && `${refused.type}: ${refused.message || refused.reason}`;
}

/** Resolves with certificate and key, PEM. Throws when it is refused, or when nobody approves it within half a minute. */
export async function requestCertificate(
  client: ApiClient,
  { subject, signerName, usage, purpose }: WantedCertificate,
): Promise<KeyPair> {
  // X.509 is loaded with the first request: a process that renews once a year need not hold it until then.
  const { makeRequest } = await import('./certificate-request');
  const { request, key } = await makeRequest(subject);
  const posted = await client.create(resource, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: `${purpose}-`, name: '' },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName,
      usages: ['digital signature', usage],
    },
  });
  return { certificate: await signed(client, posted.metadata.name), key };
}

async function signed(client: ApiClient, name: string): Promise<string> {
  for (const end = Date.now() + SIGNING_TIMEOUT_MS; Date.now() < end; await sleep(POLL_MS)) {
    const now = await client.get(resource, '', name);
    const refusal = refusalOf(now);
    if (refusal) throw new Error(`the certificate request ${name} was refused: ${refusal}`);
    if (now.status?.certificate) return Buffer.from(now.status.certificate, 'base64').toString();
  }
  throw new Error(
    `the certificate request ${name} was not signed within ${SIGNING_TIMEOUT_MS / 1000} s; is certificate-controller running? An administrator can approve it: kubectl certificate approve ${name}`,
  );
}
