/**
 * A key and the request for its certificate (PKCS #10): what a machine makes for itself; the key never leaves it.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
import { KeyObject, webcrypto } from 'node:crypto';
import { KEY_ALGORITHM, loadX509, SIGNATURE_ALGORITHM } from './issuer';

export interface RequestedSubject {
  /** the user name */
  readonly commonName: string;
  /** the groups */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** A new key and the request signed with it, both PEM. */
export async function makeRequest(
  subject: RequestedSubject,
): Promise<{ readonly request: string; readonly key: string }> {
  const { commonName, organizations = [], dnsNames = [], ipAddresses = [] } = subject;
  const [keys, x509] = await Promise.all([
    webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']),
    loadX509(),
  ]);
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }],
    keys,
    signingAlgorithm: SIGNATURE_ALGORITHM,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  const key = String(KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }));
  return { request: `${request.toString('pem')}\n`, key };
}
