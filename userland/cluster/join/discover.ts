/**
 * Finds out whom a machine is about to join: fetches `cluster-info` from a server nobody vouches for yet, and believes it only
 * when it is signed under the token and, if the user gave it, the CA's public key has the expected hash.
 *
 * Then it asks once more, over TLS that the CA just found must answer for: an answer through somebody in between fails there.
 * https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#token-based-discovery-with-ca-pinning
 */
import type { ConfigMap } from '../../../helper/api/core/config-map';
import type { ApiClient } from '../../../helper/client/client';
import { createClient } from '../../../helper/client/rest-client';
import { certificateHash } from '../../../helper/pki/certificate-hash';
import {
  CLUSTER_INFO,
  isSignedBy,
  KUBECONFIG_KEY,
  readClusterInfo,
  SIGNATURE_PREFIX,
} from '../../../helper/pki/cluster-info';
import { UserError } from '../run-command';
import { waitUntil } from '../wait-until';

const DISCOVERY_TIMEOUT_MS = 20_000;
const INFO_PATH = `/api/v1/namespaces/${CLUSTER_INFO.namespace}/configmaps/${CLUSTER_INFO.name}`;

export interface Discovery {
  readonly server: string;
  readonly token: { readonly id: string; readonly secret: string };
  /** `sha256:<hex>`; empty: the token's signature has to do */
  readonly caHashes: readonly string[];
}

/** The CA (PEM) named by a cluster-info. Throws a UserError when it is not to be trusted; undefined while it is not signed. */
export function trustedCa(info: ConfigMap, { token, caHashes }: Discovery): string | undefined {
  const content = info.data?.[KUBECONFIG_KEY] ?? '';
  const signature = info.data?.[SIGNATURE_PREFIX + token.id];
  // A new token's signature takes the controller a moment; a token that was taken back never gets one.
  if (!signature) return undefined;
  if (!isSignedBy(content, signature, token)) {
    throw new UserError(
      'cluster-info is signed by somebody who does not know this token: this is another cluster, or the token is mistyped',
      "Compare the token with what './run.sh token create' printed.",
    );
  }
  const { parse } = require('yaml') as typeof import('yaml');
  const { ca } = readClusterInfo(content, parse);
  const hash = certificateHash(ca);
  if (caHashes.length > 0 && !caHashes.includes(hash)) {
    throw new UserError(
      `the cluster's CA has the hash ${hash}, expected ${caHashes.join(' or ')}: this is another cluster, or somebody is in between`,
      "Compare it with what './run.sh token create' prints on the control plane's machine.",
    );
  }
  return ca;
}

async function fetchInfo(client: ApiClient): Promise<ConfigMap> {
  return (await client.raw('GET', INFO_PATH)) as ConfigMap;
}

/** Resolves with the cluster's CA (PEM). */
export async function discoverAuthority(discovery: Discovery): Promise<string> {
  const { server, token } = discovery;
  const stranger = createClient({ server, insecureSkipTlsVerify: true }, { userAgent: 'run.sh join' });
  let ca: string;
  try {
    let refusal: UserError | undefined;
    const found = await waitUntil(
      async () => {
        try {
          return trustedCa(await fetchInfo(stranger), discovery);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          refusal = error; // Waiting makes it no better.
          return '';
        }
      },
      {
        timeoutMs: DISCOVERY_TIMEOUT_MS,
        everyMs: 100,
        what: `${server} has cluster-info signed with the token ${token.id}`,
        advice: `Is it reachable from here (curl -k ${server}/version)? Is the token good ('./run.sh token list' there)? Make another one with './run.sh token create'.`,
      },
    );
    if (refusal) throw refusal;
    ca = found;
  } finally {
    stranger.close();
  }
  await confirm(server, ca);
  return ca;
}

async function confirm(server: string, ca: string): Promise<void> {
  const client = createClient({ server, ca }, { userAgent: 'run.sh join' });
  try {
    await fetchInfo(client);
  } catch (error) {
    throw new UserError(
      `${server} does not prove itself by the CA its cluster-info names: ${(error as Error).message}`,
      'Use the address of the join command: the API server’s certificate must name it.',
    );
  } finally {
    client.close();
  }
}
