/**
 * Makes certificates: a CA, and what it signs. X.509 version 3 with ECDSA P-256 keys.
 *
 * In Kubernetes the subject of a client certificate is the identity: CN is the user name, each O a group. Keys and
 * signatures are WebCrypto's, which works off the main thread, so that many certificates are made at once; the encoding is
 * `@peculiar/x509`'s. That library is loaded with the first certificate and never for a cluster that has all of them.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates
 */
import { KeyObject, webcrypto } from 'node:crypto';
import type { SigningTerms } from './certificate-signing';
import {
  type Extension,
  type Issuer,
  KEY_ALGORITHM,
  type KeyPair,
  loadIssuer,
  loadX509,
  SIGNATURE_ALGORITHM,
  serialNumber,
} from './issuer';

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const LEAF_DAYS = 365;
/** Clocks of other machines may be a little behind. */
const BACKDATE_MS = 5 * 60_000;

/** Who a certificate is for and what it may be used for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly usages: readonly ('client' | 'server')[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** A CA, ready to sign. */
export interface CertificateAuthority {
  /** PEM */
  readonly certificate: string;
  sign(request: CertificateRequest, now: Date): Promise<KeyPair>;
  /** Signs what somebody else made: PEM in, PEM out. Throws when it cannot be read or is not signed by its own key. */
  signRequest(pem: string, terms: SigningTerms, now: Date): Promise<string>;
}

const newKeys = () => webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
const keyPem = (key: webcrypto.CryptoKey) => String(KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }));
const certificatePem = (certificate: { toString(format: 'pem'): string }) => `${certificate.toString('pem')}\n`;

function validity(days: number, now: Date): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + days * DAY_MS),
  };
}

/** As data, not as text: user names such as `system:node:a,b` need no escaping then. */
function distinguishedName({ commonName, organizations = [] }: CertificateRequest): Record<string, string[]>[] {
  return [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }];
}

function extensionsOf({ usages, dnsNames = [], ipAddresses = [] }: CertificateRequest, { x509 }: Issuer): Extension[] {
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return [
    new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[`${usage}Auth`])),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
}

async function signLeaf(issuer: Issuer, request: CertificateRequest, now: Date): Promise<KeyPair> {
  const { publicKey, privateKey } = await newKeys();
  const certificate = await issuer.x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: distinguishedName(request),
    issuer: issuer.name,
    ...validity(LEAF_DAYS, now),
    publicKey,
    signingKey: issuer.signingKey,
    signingAlgorithm: SIGNATURE_ALGORITHM,
    extensions: [...issuer.commonExtensions, ...extensionsOf(request, issuer)],
  });
  return { certificate: certificatePem(certificate), key: keyPem(privateKey) };
}

/** A new self-signed CA. */
export async function createAuthority(commonName: string, now: Date): Promise<KeyPair> {
  const [keys, x509] = await Promise.all([newKeys(), loadX509()]);
  const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: distinguishedName({ commonName, usages: [] }),
    ...validity(CA_DAYS, now),
    keys,
    signingAlgorithm: SIGNATURE_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(digitalSignature | keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificatePem(certificate), key: keyPem(keys.privateKey) };
}

/** A CA made by {@link createAuthority}, from its PEM texts. Its key is loaded when it signs for the first time. */
export function openAuthority(pair: KeyPair): CertificateAuthority {
  let issuer: Promise<Issuer> | undefined;
  return {
    certificate: pair.certificate,
    async sign(request, now) {
      issuer ??= loadIssuer(pair);
      return signLeaf(await issuer, request, now);
    },
    async signRequest(pem, terms, now) {
      issuer ??= loadIssuer(pair);
      const { signRequest } = await import('./certificate-signing');
      return signRequest(await issuer, pem, terms, now);
    },
  };
}
