/**
 * Which requests a node may have approved without an administrator, and by which right: pure.
 *
 * The right is the verb `create` on a subresource of certificatesigningrequests that exists for this only; two are Kubernetes' own
 * (`selfnodeclient`, `nodeclient`), the third is ours: some components run on every node as processes, so the machine
 * that joins asks for their certificates too. A serving certificate needs no right but must say nothing untrue.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#approval
 */
import type { Node } from '../../../helper/api/core/node';
import type { RequestFacts } from '../../../helper/pki/certificate-signing';
import { NODE_AGENTS } from '../../../helper/pki/node-agents';
import { API_CLIENT_SIGNER, KUBELET_CLIENT_SIGNER } from './signers';

const NODE_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';
const AGENT_USERS: ReadonlySet<string> = new Set(NODE_AGENTS.map(({ user }) => user));
/** Names of the API server. */
const API_NAME = /^(localhost|kubernetes(\..*)?)$/;

export interface Requestor {
  readonly username?: string | undefined;
  readonly groups?: readonly string[] | undefined;
}

/** Subresources of which one must be allowed; none: nobody may have it without an administrator. */
export function neededRights(signerName: string, facts: RequestFacts, { username }: Requestor): readonly string[] {
  const { commonName, organizations, dnsNames, ipAddresses, otherNames } = facts;
  if (signerName === KUBELET_CLIENT_SIGNER) {
    return commonName === username ? ['selfnodeclient', 'nodeclient'] : ['nodeclient'];
  }
  const isBare = organizations.length + dnsNames.length + ipAddresses.length + otherNames.length === 0;
  const isAgent = signerName === API_CLIENT_SIGNER && AGENT_USERS.has(commonName) && isBare;
  return isAgent ? ['nodeagentclient'] : [];
}

/**
 * Whether a node asks for a serving certificate in its own name: its own host name, and no address another node or the API has.
 * Kubernetes leaves these to an administrator, since a node says itself which addresses it has.
 */
export function isOwnServing(
  { commonName, dnsNames, ipAddresses }: RequestFacts,
  { username, groups = [] }: Requestor,
  nodes: readonly Node[],
): boolean {
  if (!username?.startsWith(NODE_PREFIX) || commonName !== username || !groups.includes(NODES_GROUP)) return false;
  const name = username.slice(NODE_PREFIX.length);
  if (API_NAME.test(name) || dnsNames.some((dnsName) => dnsName !== name)) return false;
  const others = nodes
    .filter((node) => node.metadata.name !== name)
    .flatMap((node) => node.status?.addresses?.map(({ address }) => address) ?? []);
  // One address: a node cannot gather those of machines that are not there yet.
  return ipAddresses.length <= 1 && !ipAddresses.some((address) => isLoopback(address) || others.includes(address));
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
