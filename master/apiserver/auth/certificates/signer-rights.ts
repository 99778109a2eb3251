/**
 * Who may approve and who may sign requests for certificates: the verbs `approve` and `sign` on the signer's name, checked beside the
 * right to write the subresource; and the one subject nobody may ask the API's own signer for.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
 */
import {
  type CertificateSigningRequest,
  certificateSigningRequestResource as resource,
} from '../../../../helper/api/certificates/certificate-signing-request';
import type { KubeObject } from '../../../../helper/api/meta';
import { forbiddenError } from '../../../../helper/api/status-error';
import { sameValue } from '../../../../helper/api/validate-metadata';
import type { AdmissionPlugin } from '../../admission/review';
import type { ApiRequest } from '../../api-request';
import { resourceAccess } from '../access';
import { PRIVILEGED_GROUP } from '../authorizer-chain';

const API_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

const isRequest = (group: string, kind: string) => group === resource.group && kind === resource.kind;

/** The signer itself, or all of its domain: `example.com/*`. */
function mayUseSigner({ services, user }: ApiRequest, verb: 'approve' | 'sign', signerName: string): boolean {
  const domain = signerName.split('/', 1)[0] ?? '';
  return [signerName, `${domain}/*`].some((name) => {
    const access = resourceAccess(verb, 'signers', { group: resource.group, name });
    return services.access.authorizer.authorize(user, access).allowed;
  });
}

function assertSigner(
  request: ApiRequest,
  verb: 'approve' | 'sign',
  { metadata, spec }: CertificateSigningRequest,
): void {
  if (mayUseSigner(request, verb, spec.signerName)) return;
  const message = `user not permitted to ${verb} requests with signerName ${JSON.stringify(spec.signerName)}`;
  throw forbiddenError(resource, metadata.name, message);
}

/** For writes of the approval and status subresources, of this kind only: throws Forbidden unless the user may use the signer. */
export function assertSignerRights(request: ApiRequest, object: KubeObject, old: KubeObject): void {
  if (!isRequest(request.kind.group, request.kind.kind)) return;
  const [next, before] = [object as CertificateSigningRequest, old as CertificateSigningRequest];
  if (request.info.subresource === 'approval') assertSigner(request, 'approve', before);
  else if (
    next.status?.certificate !== before.status?.certificate ||
    !sameValue(next.status?.conditions ?? [], before.status?.conditions ?? [])
  ) {
    assertSigner(request, 'sign', before);
  }
}

/** Nobody becomes an administrator by having a certificate signed, whoever approves it. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: ({ group, kind }, operation) => isRequest(group, kind) && operation === 'create',
  async validate({ kind }, { object }) {
    const { metadata, spec } = object as CertificateSigningRequest;
    if (spec.signerName !== API_CLIENT_SIGNER) return;
    const { readRequest } = await import('../../../../helper/pki/certificate-signing');
    const { organizations } = await readRequest(Buffer.from(spec.request, 'base64').toString('latin1'));
    if (!organizations.includes(PRIVILEGED_GROUP)) return;
    const message = `use of ${API_CLIENT_SIGNER} signer with ${PRIVILEGED_GROUP} group is not allowed`;
    throw forbiddenError(kind, metadata.name, message);
  },
};
