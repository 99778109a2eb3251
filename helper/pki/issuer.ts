/**
 * What signing takes: the library, the CA's name and key, and what all its certificates have in common.
 *
 * Keys and signatures are WebCrypto's, the encoding is `@peculiar/x509`'s, which is loaded with the first certificate and never for a
 * cluster that has all of them.
 * https://kubernetes.io/docs/setup/best-practices/certificates/
 */
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';

export const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const SIGNATURE_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export type X509 = typeof import('@peculiar/x509');
export type Extension = import('@peculiar/x509').Extension;

/** What the leaves of one CA have in common. */
export interface Issuer {
  readonly x509: X509;
  readonly name: import('@peculiar/x509').Name;
  /** nothing it signs is good for longer than itself */
  readonly notAfter: Date;
  readonly signingKey: webcrypto.CryptoKey;
  /** which key signed */
  readonly keyIdentifier: Extension;
  /** for signing only, not a CA, and which key signed it: encoded once for all leaves */
  readonly commonExtensions: readonly Extension[];
}

/** The library, loaded when it is first needed. */
export async function loadX509(): Promise<X509> {
  // The library's decorators need it to be there first.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** Hexadecimal; positive, and never beginning with a zero byte. */
export function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** Loads a CA for signing. */
export async function loadIssuer({ certificate, key }: KeyPair): Promise<Issuer> {
  const x509 = await loadX509();
  const own = new x509.X509Certificate(certificate);
  const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  const [signingKey, keyIdentifier] = await Promise.all([
    webcrypto.subtle.importKey('pkcs8', pkcs8, KEY_ALGORITHM, false, ['sign']),
    x509.AuthorityKeyIdentifierExtension.create(own.publicKey),
  ]);
  return {
    x509,
    name: own.subjectName,
    notAfter: own.notAfter,
    signingKey,
    keyIdentifier,
    commonExtensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.BasicConstraintsExtension(false, undefined, true),
      keyIdentifier,
    ],
  };
}
