/**
 * Makes certificates: a CA, and what it signs. X.509 version 3 with ECDSA P-256 keys from node:crypto.
 *
 * In Kubernetes the subject of a client certificate is the identity: CN is the user name, each O a group. The structure is
 * written here in DER (RFC 5280): the libraries for it take ten times as long to load and run as a cluster may take to get
 * its identities. Reading and checking certificates is left to node:crypto.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates
 */
import {
  createHash,
  createPrivateKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { isIPv4 } from 'node:net';
import * as der from './der';

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const LEAF_DAYS = 365;
/** Clocks of other machines may be a little behind. */
const BACKDATE_MS = 5 * 60_000;

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
} as const;

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Who a certificate is for and what it may be used for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly usages: readonly ('client' | 'server')[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** A CA whose key is loaded, ready to sign. */
export interface CertificateAuthority {
  readonly certificate: string;
  sign(request: CertificateRequest, now: Date): KeyPair;
}

interface Template {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly days: number;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

const SIGNATURE_ALGORITHM = der.sequence(der.objectIdentifier(OID.ecdsaWithSha256));

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const keyPem = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }));

function certificatePem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** SHA-1 of the public key's bits (RFC 5280 §4.2.1.2): a name for the key, not a protection. */
function keyIdentifier(key: KeyObject): Buffer {
  const P256_POINT_BYTES = 65;
  return createHash('sha1').update(spkiOf(key).subarray(-P256_POINT_BYTES)).digest();
}

function attribute(type: string, value: string): Buffer {
  return der.set(der.sequence(der.objectIdentifier(type), der.utf8String(value)));
}

function distinguishedName(commonName: string, organizations: readonly string[] = []): Buffer {
  return der.sequence(
    ...organizations.map((organization) => attribute(OID.organization, organization)),
    attribute(OID.commonName, commonName),
  );
}

function extension(type: string, isCritical: boolean, value: Buffer): Buffer {
  return der.sequence(der.objectIdentifier(type), ...(isCritical ? [der.boolean(true)] : []), der.octetString(value));
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  // Positive, and never beginning with a zero byte.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** The certificate's bytes: what is signed, how, and the signature. */
function signCertificate(template: Template, now: Date): Buffer {
  const from = new Date(now.getTime() - BACKDATE_MS);
  const until = new Date(now.getTime() + template.days * DAY_MS);
  const VERSION_3 = Buffer.from([2]);
  const body = der.sequence(
    der.explicit(0, der.integer(VERSION_3)),
    der.integer(serialNumber()),
    SIGNATURE_ALGORITHM,
    template.issuer,
    der.sequence(der.time(from), der.time(until)),
    template.subject,
    spkiOf(template.publicKey),
    der.explicit(3, der.sequence(...template.extensions)),
  );
  const signature = createSign('sha256').update(body).sign(template.signingKey);
  return der.sequence(body, SIGNATURE_ALGORITHM, der.bitString(signature));
}

/** 16 bytes of an IPv6 address such as `::1`, 4 of an IPv4 address. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: CertificateRequest): Buffer[] {
  const DNS_NAME = 2;
  const IP_ADDRESS = 7;
  const names = [
    ...dnsNames.map((name) => der.implicit(DNS_NAME, Buffer.from(name, 'ascii'))),
    ...ipAddresses.map((address) => der.implicit(IP_ADDRESS, addressBytes(address))),
  ];
  return names.length > 0 ? [extension(OID.subjectAlternativeName, false, der.sequence(...names))] : [];
}

function leafExtensions(request: CertificateRequest, publicKey: KeyObject, issuerKey: KeyObject): Buffer[] {
  const DIGITAL_SIGNATURE = Buffer.from([0b1000_0000]);
  const usages = request.usages.map((usage) => der.objectIdentifier(OID[usage]));
  return [
    extension(OID.keyUsage, true, der.bitString(DIGITAL_SIGNATURE, 7)),
    extension(OID.extendedKeyUsage, false, der.sequence(...usages)),
    extension(OID.basicConstraints, true, der.sequence()),
    extension(OID.subjectKeyIdentifier, false, der.octetString(keyIdentifier(publicKey))),
    extension(OID.authorityKeyIdentifier, false, der.sequence(der.implicit(0, keyIdentifier(issuerKey)))),
    ...alternativeNames(request),
  ];
}

/** A new self-signed CA. */
export function createAuthority(commonName: string, now: Date): KeyPair {
  const { publicKey, privateKey } = newKeys();
  const name = distinguishedName(commonName);
  const SIGN_ALL = Buffer.from([0b1000_0110]); // digitalSignature, keyCertSign, cRLSign
  const extensions = [
    extension(OID.basicConstraints, true, der.sequence(der.boolean(true))),
    extension(OID.keyUsage, true, der.bitString(SIGN_ALL, 1)),
    extension(OID.subjectKeyIdentifier, false, der.octetString(keyIdentifier(publicKey))),
  ];
  const template = { subject: name, issuer: name, days: CA_DAYS, publicKey, signingKey: privateKey, extensions };
  return { certificate: certificatePem(signCertificate(template, now)), key: keyPem(privateKey) };
}

/** Loads a CA made by {@link createAuthority} from its PEM texts. */
export function openAuthority({ certificate, key }: KeyPair): CertificateAuthority {
  const own = new X509Certificate(certificate);
  const signingKey = createPrivateKey(key);
  const issuer = distinguishedName(own.subject.replace(/^CN=/, ''));
  return {
    certificate,
    sign(request, now) {
      const { publicKey, privateKey } = newKeys();
      const subject = distinguishedName(request.commonName, request.organizations);
      const extensions = leafExtensions(request, publicKey, own.publicKey);
      const leaf = signCertificate({ subject, issuer, days: LEAF_DAYS, publicKey, signingKey, extensions }, now);
      return { certificate: certificatePem(leaf), key: keyPem(privateKey) };
    },
  };
}
