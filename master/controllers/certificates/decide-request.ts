/**
 * The two decisions about a CertificateSigningRequest that need more than the object: approving what a node asks for itself takes
 * questions to the API, signing takes the CA's key.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#approval
 */
import {
  type CertificateSigningRequest,
  certificateSigningRequestResource as resource,
} from '../../../helper/api/certificates/certificate-signing-request';
import { nodeResource } from '../../../helper/api/core/node';
import type { ApiClient } from '../../../helper/client/client';
import type { Write } from '../../../helper/controller/controller';
import type { CertificateAuthority } from '../../../helper/pki/certificate-authority';
import { type RequestFacts, readRequest } from '../../../helper/pki/certificate-signing';
import { KUBELET_SERVING_SIGNER, signingProblem } from './signers';
import { isOwnServing, neededRights } from './who-asks';

/** What the decisions need. */
export interface CertificateTools {
  readonly client: Pick<ApiClient, 'raw' | 'list'>;
  readonly authority: CertificateAuthority;
  /** what a request gets that asks for no time, and the most it may ask for */
  readonly longestSeconds: number;
}

const pemOf = ({ spec }: CertificateSigningRequest) => Buffer.from(spec.request, 'base64').toString('latin1');

function patch({ metadata }: CertificateSigningRequest, subresource: string, status: object): Write {
  const { name, uid, resourceVersion } = metadata;
  // The list of conditions is written whole, so it must be the one that was read.
  const body = { metadata: { uid, resourceVersion }, status };
  return { verb: 'patch', resource, namespace: '', name, body, subresource, type: 'merge' };
}

/** The conditions with one more, which is True. */
function withCondition({ status }: CertificateSigningRequest, type: string, reason: string, message: string) {
  return { conditions: [...(status?.conditions ?? []), { type, status: 'True', reason, message }] };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The write that gives an approved request its certificate, or says why it gets none. */
export async function sign(
  request: CertificateSigningRequest,
  { authority, longestSeconds }: CertificateTools,
  now: Date,
): Promise<Write> {
  const { signerName, usages = [], expirationSeconds = longestSeconds } = request.spec;
  const pem = pemOf(request);
  try {
    const problem = signingProblem(signerName, await readRequest(pem), usages);
    if (problem) return failed(request, 'SignerValidationFailure', problem);
    const seconds = Math.min(expirationSeconds, longestSeconds);
    const certificate = await authority.signRequest(pem, { usages, seconds }, now);
    return patch(request, 'status', { certificate: Buffer.from(certificate).toString('base64') });
  } catch (error) {
    return failed(request, 'SigningFailure', messageOf(error));
  }
}

function failed(request: CertificateSigningRequest, reason: string, message: string): Write {
  return patch(request, 'status', withCondition(request, 'Failed', reason, message));
}

/** The first of these rights the requestor has; undefined when he has none. */
async function rightOf(
  { spec }: CertificateSigningRequest,
  rights: readonly string[],
  client: CertificateTools['client'],
): Promise<string | undefined> {
  for (const subresource of rights) {
    const { username: user, groups, uid, extra } = spec;
    const { group, plural } = resource;
    const resourceAttributes = { group, resource: plural, verb: 'create', version: '*', subresource };
    const answer = await client.raw('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, uid, extra, resourceAttributes },
    });
    if ((answer as { status?: { allowed?: boolean } }).status?.allowed) return subresource;
  }
  return undefined;
}

const WHOSE: Readonly<Record<string, string>> = {
  selfnodeclient: 'self kubelet client certificate after SubjectAccessReview',
  nodeclient: 'kubelet client certificate after SubjectAccessReview',
  nodeagentclient: "certificate of a node's component after SubjectAccessReview",
};

/** What is approved, in words; undefined when an administrator has to look. */
async function whatIsApproved(
  request: CertificateSigningRequest,
  facts: RequestFacts,
  client: CertificateTools['client'],
): Promise<string | undefined> {
  const { signerName } = request.spec;
  if (signerName === KUBELET_SERVING_SIGNER) {
    const { items } = await client.list(nodeResource);
    return isOwnServing(facts, request.spec, items) ? "node's own serving certificate" : undefined;
  }
  const right = await rightOf(request, neededRights(signerName, facts, request.spec), client);
  return right && WHOSE[right];
}

/** The write that approves what a machine that joins, or a node, asks for itself; undefined when an administrator has to look. */
export async function approve(
  request: CertificateSigningRequest,
  { client }: CertificateTools,
): Promise<Write | undefined> {
  const { signerName, usages = [] } = request.spec;
  const facts = await readRequest(pemOf(request)).catch(() => undefined);
  if (!facts || signingProblem(signerName, facts, usages)) return undefined;
  const approved = await whatIsApproved(request, facts, client);
  if (!approved) return undefined;
  return patch(request, 'approval', withCondition(request, 'Approved', 'AutoApproved', `Auto approving ${approved}.`));
}
