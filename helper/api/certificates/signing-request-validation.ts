/**
 * What has to be right about a request for a certificate, and who may change what of it afterwards.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
import type { CertificateSigningRequestCondition } from 'kubernetes-types/certificates/v1';
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { each, oneOf } from '../field-rules';
import { dnsSubdomain } from '../names';
import type { CertificateSigningRequest } from './certificate-signing-request';

const SHORTEST_SECONDS = 600;
const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const STATUSES = ['False', 'True', 'Unknown'];
/** Decisions: given once, by approvers only, and never taken back. */
const DECISIONS = ['Approved', 'Denied'];
/** Conditions that are True or absent. */
const ALWAYS_TRUE = ['Approved', 'Denied', 'Failed'];
const LONGEST_SIGNER_SEGMENT = 63;
const CONDITIONS = 'status.conditions';

const REQUEST_BLOCK =
  /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----\s([\s\S]*?)-----END (?:NEW )?CERTIFICATE REQUEST-----/;
const CERTIFICATE_BLOCKS = /-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g;

/** What is wrong with the request itself, the base64 of a PEM block; undefined when it can be read. */
function unreadable(request: string | undefined): string | undefined {
  const block = REQUEST_BLOCK.exec(Buffer.from(request ?? '', 'base64').toString('latin1'));
  if (!block) return 'PEM block type must be CERTIFICATE REQUEST';
  // The library is large, and few ever ask for a certificate.
  require('reflect-metadata');
  const { Pkcs10CertificateRequest } = require('@peculiar/x509') as typeof import('@peculiar/x509');
  try {
    new Pkcs10CertificateRequest(Buffer.from(block[1] ?? '', 'base64'));
    return undefined;
  } catch (error) {
    return `asn1: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function validateSignerName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  const slash = name.indexOf('/');
  if (slash < 0) {
    return [invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  }
  const [domain, path] = [name.slice(0, slash), name.slice(slash + 1)];
  const errors: FieldError[] = [];
  if (path.includes('/'))
    errors.push(
      invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
    );
  for (const reason of dnsSubdomain(domain)) errors.push(invalid(field, domain, reason));
  if (!domain.includes('.'))
    errors.push(invalid(field, domain, 'should be a domain with at least two segments separated by dots'));
  for (const segment of path.split('.')) {
    if (segment.length > LONGEST_SIGNER_SEGMENT)
      errors.push(invalid(field, segment, 'must be no more than 63 characters'));
  }
  for (const reason of dnsSubdomain(path)) errors.push(invalid(field, path, reason));
  return errors;
}

/** All that is wrong with a request, its status included. */
export function validateSigningRequest({ spec, status }: CertificateSigningRequest): FieldError[] {
  const { request, usages, signerName, expirationSeconds: seconds } = spec ?? {};
  const problem = unreadable(request);
  return [
    ...(problem ? [invalid('spec.request', request ?? '', problem)] : []),
    ...(usages?.length ? [] : [required('spec.usages')]),
    ...each(usages, 'spec.usages', (usage, at, index) => {
      if (!USAGES.includes(usage)) return [notSupported(at, usage, USAGES)];
      return usages?.slice(0, index).includes(usage) ? [duplicate(at, usage)] : [];
    }),
    ...validateSignerName(signerName, 'spec.signerName'),
    ...(seconds !== undefined && seconds < SHORTEST_SECONDS
      ? [invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)')]
      : []),
    ...validateConditions(status?.conditions),
  ];
}

function validateConditions(conditions: readonly CertificateSigningRequestCondition[] | undefined): FieldError[] {
  const types = (conditions ?? []).map(({ type }) => type);
  const errors = each(conditions, CONDITIONS, ({ type, status }, at, index) => {
    const field = `${at}.status`;
    const isRepeated = types.indexOf(type) < index;
    return [
      ...(type ? [] : [required(`${at}.type`)]),
      ...(ALWAYS_TRUE.includes(type) && status && status !== 'True'
        ? [notSupported(field, status, ['True'])]
        : oneOf(status, STATUSES, field)),
      ...(isRepeated ? [duplicate(`${at}.type`, type)] : []),
    ];
  });
  if (DECISIONS.every((decision) => types.includes(decision))) {
    errors.push(invalid(CONDITIONS, types, 'Approved and Denied conditions are mutually exclusive'));
  }
  return errors;
}

/** Conditions of these types that came or went; `mayAdd` types may come. Decisions and failures never go. */
function validateChanges(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  mayAdd: (type: string) => boolean,
): FieldError[] {
  const after = new Set(request.status?.conditions?.map(({ type }) => type));
  const before = new Set(old.status?.conditions?.map(({ type }) => type));
  const removed = ALWAYS_TRUE.filter((type) => before.has(type) && !after.has(type));
  const added = DECISIONS.filter((type) => after.has(type) && !before.has(type) && !mayAdd(type));
  return [
    ...removed.map((type) => forbidden(CONDITIONS, `updates may not remove a condition of type "${type}"`)),
    ...added.map((type) => forbidden(CONDITIONS, `updates may not add a condition of type "${type}"`)),
  ];
}

/** Rules of the approval subresource: decisions may come, the certificate stays as it is. */
export function validateApproval(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  const isTouched = (request.status?.certificate ?? '') !== (old.status?.certificate ?? '');
  return [
    ...validateConditions(request.status?.conditions),
    ...(isTouched ? [forbidden('status.certificate', 'updates may not set certificate content')] : []),
    ...validateChanges(request, old, () => true),
  ];
}

function validateCertificate(certificate: string | undefined): FieldError[] {
  if (!certificate) return [];
  const field = 'status.certificate';
  const text = Buffer.from(certificate, 'base64').toString('latin1');
  const types = [...text.matchAll(CERTIFICATE_BLOCKS)].map(([, type]) => type);
  if (types.length === 0)
    return [invalid(field, '<certificate data>', 'must contain at least one CERTIFICATE PEM block')];
  const other = types.find((type) => type !== 'CERTIFICATE');
  return other
    ? [invalid(field, '<certificate data>', `only CERTIFICATE PEM blocks are allowed, found "${other}"`)]
    : [];
}

/** Rules of the status subresource: a certificate is given once; decisions are left alone. */
export function validateSigningStatus(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] {
  const [after = '', before = ''] = [request.status?.certificate, old.status?.certificate];
  return [
    ...validateConditions(request.status?.conditions),
    ...(before && after !== before
      ? [forbidden('status.certificate', 'updates may not modify existing certificate content')]
      : validateCertificate(after)),
    ...validateChanges(request, old, () => false),
  ];
}
