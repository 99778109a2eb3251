/**
 * CertificateSigningRequest: somebody asks a signer for a certificate; somebody else approves or denies it.
 *
 * Who asks is written into the object by the server. The request never changes; the approval subresource takes only the
 * conditions Approved and Denied, the status subresource the certificate and what signers say.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
import type { CertificateSigningRequest as PublishedRequest } from 'kubernetes-types/certificates/v1';
import { ageOf, humanDuration } from '../age';
import { column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { validateApproval, validateSigningRequest, validateSigningStatus } from './signing-request-validation';

export type CertificateSigningRequest = ApiObject<PublishedRequest>;

export const certificateSigningRequestResource: Resource<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  categories: [],
  namespaced: false,
};

/** `Approved,Issued`: what has become of the request. */
function conditionText({ status }: CertificateSigningRequest): string {
  const types = new Set(status?.conditions?.map(({ type }) => type));
  const decision = types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending';
  const failed = types.has('Failed') ? ',Failed' : '';
  return `${decision}${failed}${status?.certificate ? ',Issued' : ''}`;
}

/** Says when each condition came and when it last changed, where the writer left that out. */
function stampConditions(request: CertificateSigningRequest, old: CertificateSigningRequest): void {
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  for (const condition of request.status?.conditions ?? []) {
    condition.lastUpdateTime ??= now;
    if (condition.lastTransitionTime) continue;
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    const isSame = before?.status === condition.status;
    condition.lastTransitionTime = (isSame ? before?.lastTransitionTime : undefined) ?? now;
  }
}

/** Row of the table: CertificateSigningRequest. */
export const certificateSigningRequestKind = /* @__PURE__ */ defineKind<CertificateSigningRequest>({
  resource: certificateSigningRequestResource,
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  hasStatus: true,
  subresources: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] }],
  columns: () => [
    nameColumn,
    column('Age', 'string', 'Time since the request was made.', ({ metadata }, now) =>
      ageOf(metadata.creationTimestamp, now),
    ),
    column('SignerName', 'string', 'Who is asked to sign.', ({ spec }) => spec?.signerName || '<none>'),
    column('Requestor', 'string', 'Who asks.', ({ spec }) => spec?.username ?? ''),
    column('RequestedDuration', 'string', 'How long the certificate should be good.', ({ spec }) =>
      spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    column('Condition', 'string', 'What has become of the request.', conditionText),
  ],
  fieldSelectors: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
  prepareForCreate(request, creator) {
    request.status = {};
    if (!request.spec || !creator) return;
    const { name, uid, groups, extra } = creator;
    const { username: _username, uid: _uid, groups: _groups, extra: _extra, ...wanted } = request.spec;
    request.spec = {
      ...wanted,
      username: name,
      groups: [...groups],
      ...(uid ? { uid } : {}),
      ...(extra ? { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) } : {}),
    };
  },
  prepareForUpdate(request, old) {
    request.spec = structuredClone(old.spec);
  },
  prepareForStatusUpdate: stampConditions,
  validate: validateSigningRequest,
  validateStatusUpdate: validateSigningStatus,
  approval: { prepare: stampConditions, validate: validateApproval },
});
