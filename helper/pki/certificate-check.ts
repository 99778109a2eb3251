/**
 * Whether a certificate that is already there can stay: signed by this CA, for this identity and these addresses, and valid
 * for a while yet.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CertificateRequest } from './certificate-authority';
import type { KeyPair } from './issuer';

const RENEW_BEFORE_MS = 30 * 86_400_000;

function isLongValid(certificate: X509Certificate, now: Date): boolean {
  return Date.parse(certificate.validTo) - now.getTime() > RENEW_BEFORE_MS;
}

/** The subject's values of one attribute: `valuesOf('O=a\nCN=b', 'CN')` is `['b']`. */
function valuesOf(subject: string, attribute: string): string[] {
  return subject
    .split('\n')
    .flatMap((line) => (line.startsWith(`${attribute}=`) ? [line.slice(attribute.length + 1)] : []));
}

function isForSameIdentity(
  certificate: X509Certificate,
  { commonName, organizations = [] }: CertificateRequest,
): boolean {
  const groups = valuesOf(certificate.subject, 'O');
  return (
    valuesOf(certificate.subject, 'CN').includes(commonName) &&
    groups.length === organizations.length &&
    organizations.every((group) => groups.includes(group))
  );
}

function coversAddresses(
  certificate: X509Certificate,
  { dnsNames = [], ipAddresses = [] }: CertificateRequest,
): boolean {
  return (
    dnsNames.every((name) => certificate.checkHost(name) !== undefined) &&
    ipAddresses.every((address) => certificate.checkIP(address) !== undefined)
  );
}

function parsed({ certificate, key }: KeyPair): X509Certificate | undefined {
  try {
    const read = new X509Certificate(certificate);
    return read.checkPrivateKey(createPrivateKey(key)) ? read : undefined;
  } catch {
    return undefined; // Not PEM, cut off, or another key: as good as missing.
  }
}

/** True when the CA's certificate and key fit each other and it is valid for a while yet. */
export function isUsableAuthority(pair: KeyPair, now: Date): boolean {
  const certificate = parsed(pair);
  return certificate?.ca === true && isLongValid(certificate, now);
}

/** True when the pair serves `request` under the CA whose PEM is `ca`. */
export function isUsable(pair: KeyPair, request: CertificateRequest, ca: string, now: Date): boolean {
  const certificate = parsed(pair);
  if (!certificate || !isLongValid(certificate, now)) return false;
  const authority = new X509Certificate(ca);
  return (
    certificate.verify(authority.publicKey) &&
    isForSameIdentity(certificate, request) &&
    coversAddresses(certificate, request)
  );
}
