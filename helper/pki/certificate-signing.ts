/**
 * Requests for certificates (PKCS #10) that others made: reading what they ask for, and signing them with the cluster's CA.
 *
 * The subject, alternative names and public key are the requestor's; usages and time are what the signer allows.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
import { type Issuer, loadX509, SIGNATURE_ALGORITHM, serialNumber } from './issuer';

type X509 = typeof import('@peculiar/x509');
type Request = import('@peculiar/x509').Pkcs10CertificateRequest;

/** What a request asks for. */
export interface RequestFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** mail addresses, URIs and whatever else stands among the alternative names */
  readonly otherNames: readonly string[];
}

/** How a request is signed. */
export interface SigningTerms {
  /** as in spec.usages: `client auth`, `digital signature`, ... */
  readonly usages: readonly string[];
  readonly seconds: number;
}

const BLOCK = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([\s\S]*?)-----END (?:NEW )?CERTIFICATE REQUEST-----/;
/** id-ce-subjectAltName */
const ALTERNATIVE_NAMES = '2.5.29.17';
/** Clocks of other machines may be a little behind; of a short life not the larger part lies in the past. */
const BACKDATE_MS = 5 * 60_000;
const backdateMs = (seconds: number) => Math.min(BACKDATE_MS, seconds * 100);

function parse(x509: X509, pem: string): Request {
  const block = BLOCK.exec(pem);
  if (!block) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  return new x509.Pkcs10CertificateRequest(Buffer.from(block[1] ?? '', 'base64'));
}

function namesOf(request: Request) {
  const extension = request.getExtension(ALTERNATIVE_NAMES);
  // The library makes the class that belongs to the identifier.
  return (extension as import('@peculiar/x509').SubjectAlternativeNameExtension | null)?.names.toJSON() ?? [];
}

/** Reads a PEM text. Throws when it is none. */
export async function readRequest(pem: string): Promise<RequestFacts> {
  const x509 = await loadX509();
  const request = parse(x509, pem);
  const names = namesOf(request);
  const ofType = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  return {
    commonName: request.subjectName.getField('CN')[0] ?? '',
    organizations: request.subjectName.getField('O'),
    dnsNames: ofType('dns'),
    ipAddresses: ofType('ip'),
    otherNames: names.filter(({ type }) => type !== 'dns' && type !== 'ip').map(({ value }) => value),
  };
}

function keyUsages(x509: X509, usages: readonly string[]) {
  const { KeyUsageFlags: flags } = x509;
  const known: Readonly<Record<string, number>> = {
    signing: flags.digitalSignature,
    'digital signature': flags.digitalSignature,
    'content commitment': flags.nonRepudiation,
    'key encipherment': flags.keyEncipherment,
    'key agreement': flags.keyAgreement,
    'data encipherment': flags.dataEncipherment,
  };
  const sum = usages.reduce((all, usage) => all | (known[usage] ?? 0), 0);
  return sum ? [new x509.KeyUsagesExtension(sum, true)] : [];
}

function extendedUsages(x509: X509, usages: readonly string[]) {
  const known: Readonly<Record<string, string>> = {
    'client auth': x509.ExtendedKeyUsage.clientAuth,
    'server auth': x509.ExtendedKeyUsage.serverAuth,
  };
  const chosen = usages.flatMap((usage) => known[usage] ?? []);
  return chosen.length > 0 ? [new x509.ExtendedKeyUsageExtension(chosen)] : [];
}

/** The certificate, PEM. Throws when the request cannot be read or was not signed with its own key. */
export async function signRequest(issuer: Issuer, pem: string, terms: SigningTerms, now: Date): Promise<string> {
  const { x509 } = issuer;
  const request = parse(x509, pem);
  if (!(await request.verify())) throw new Error('the request is not signed by its own key');
  const names = namesOf(request);
  const end = Math.min(now.getTime() + terms.seconds * 1000, issuer.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subjectName.toJSON(),
    issuer: issuer.name,
    notBefore: new Date(now.getTime() - backdateMs(terms.seconds)),
    notAfter: new Date(end),
    publicKey: request.publicKey,
    signingKey: issuer.signingKey,
    signingAlgorithm: SIGNATURE_ALGORITHM,
    extensions: [
      ...keyUsages(x509, terms.usages),
      ...extendedUsages(x509, terms.usages),
      new x509.BasicConstraintsExtension(false, undefined, true),
      issuer.keyIdentifier,
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}
