/**
 * What Kubernetes' own signers sign: the rules of each, pure. Requests to other signers are others' business.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 */
import type { RequestFacts } from '../../../helper/pki/certificate-signing';

export const API_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
export const KUBELET_SERVING_SIGNER = 'kubernetes.io/kubelet-serving';
const NODES_GROUP = 'system:nodes';
const NODE_PREFIX = 'system:node:';

/** Why a request is not signed; undefined when it is. */
type Rule = (facts: RequestFacts, usages: readonly string[]) => string | undefined;

function usageProblem(usages: readonly string[], purpose: string): string | undefined {
  const optional = ['digital signature', 'key encipherment'];
  const isFine = usages.includes(purpose) && usages.every((usage) => usage === purpose || optional.includes(usage));
  return isFine
    ? undefined
    : `usages did not match: only ${optional.join(', ')} and ${purpose} are signed here, the last one must be among them`;
}

function nodeProblem({ commonName, organizations }: RequestFacts): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== NODES_GROUP) return 'subject organization is not system:nodes';
  return commonName.startsWith(NODE_PREFIX) ? undefined : 'subject common name does not begin with system:node:';
}

const apiClient: Rule = (_facts, usages) => usageProblem(usages, 'client auth');

const kubeletClient: Rule = (facts, usages) => {
  const { dnsNames, ipAddresses, otherNames } = facts;
  const names = [...dnsNames, ...ipAddresses, ...otherNames];
  if (names.length > 0) return `subject alternative names are not allowed: ${names.join(', ')}`;
  return nodeProblem(facts) ?? usageProblem(usages, 'client auth');
};

const kubeletServing: Rule = (facts, usages) => {
  const { dnsNames, ipAddresses, otherNames } = facts;
  if (otherNames.length > 0) return `only DNS and IP alternative names are allowed: ${otherNames.join(', ')}`;
  if (dnsNames.length + ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  return nodeProblem(facts) ?? usageProblem(usages, 'server auth');
};

const RULES: ReadonlyMap<string, Rule> = new Map([
  [API_CLIENT_SIGNER, apiClient],
  [KUBELET_CLIENT_SIGNER, kubeletClient],
  [KUBELET_SERVING_SIGNER, kubeletServing],
]);

export const isOurSigner = (signerName: string): boolean => RULES.has(signerName);

/** Why this request to one of our signers is not signed; undefined when it is. */
export function signingProblem(signerName: string, facts: RequestFacts, usages: readonly string[]): string | undefined {
  return RULES.get(signerName)?.(facts, usages);
}
