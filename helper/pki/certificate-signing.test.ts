import { X509Certificate } from 'node:crypto';
import { createAuthority, openAuthority } from './certificate-authority';
import { readRequest } from './certificate-signing';
import { loadX509 } from './issuer';

const NOW = new Date('2030-01-01T00:00:00Z');

/** A request as a client makes it: PEM. */
async function requestFor(name: Record<string, string[]>[], dnsNames: readonly string[] = []): Promise<string> {
  const x509 = await loadX509();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const names = dnsNames.map((value) => ({ type: 'dns' as const, value }));
  const extensions = names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: algorithm,
    extensions,
  });
  return request.toString('pem');
}

test('readRequest() says what is asked for', async () => {
  const pem = await requestFor([{ O: ['devs'] }, { CN: ['jane'] }], ['a.example.com']);
  expect(await readRequest(pem)).toEqual({
    commonName: 'jane',
    organizations: ['devs'],
    dnsNames: ['a.example.com'],
    ipAddresses: [],
    otherNames: [],
  });
  await expect(readRequest('nothing')).rejects.toThrow('PEM block type must be CERTIFICATE REQUEST');
});

test('signRequest() keeps subject and names, and gives no more time and use than the terms', async () => {
  const pair = await createAuthority('ca', NOW);
  const authority = openAuthority(pair);
  const pem = await requestFor([{ O: ['devs'] }, { CN: ['jane'] }], ['a.example.com']);
  const usages = ['client auth', 'digital signature'];
  const certificate = new X509Certificate(await authority.signRequest(pem, { usages, seconds: 3600 }, NOW));
  expect(certificate.verify(new X509Certificate(pair.certificate).publicKey)).toBe(true);
  expect(certificate).toMatchObject({ subject: 'O=devs\nCN=jane', subjectAltName: 'DNS:a.example.com', ca: false });
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(new Date(certificate.validTo)).toEqual(new Date('2030-01-01T01:00:00Z'));
  const forever = await authority.signRequest(pem, { usages, seconds: 1e12 }, NOW);
  expect(new X509Certificate(forever).validTo).toBe(new X509Certificate(pair.certificate).validTo);
});
