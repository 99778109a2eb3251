/**
 * `kube-public/cluster-info`: where the cluster is and by which CA to know it, for machines that have nothing but a token.
 *
 * Everybody may read it, so it is signed once for each token: a detached JWS (HS256) whose key is the token's secret. A machine
 * that checks its token's signature, or the CA's hash, cannot be led to another cluster.
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#configmap-signing
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ConfigMap } from '../api/core/config-map';

export const CLUSTER_INFO = { namespace: 'kube-public', name: 'cluster-info' } as const;
export const KUBECONFIG_KEY = 'kubeconfig';
export const SIGNATURE_PREFIX = 'jws-kubeconfig-';

const encode = (text: string) => Buffer.from(text).toString('base64url');

function macOf(signingInput: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(signingInput).digest();
}

/** The detached signature `header..mac` of a text, under the token with this id and secret. */
export function signDetached(content: string, token: { readonly id: string; readonly secret: string }): string {
  const header = encode(JSON.stringify({ alg: 'HS256', kid: token.id }));
  return `${header}..${macOf(`${header}.${encode(content)}`, token.secret).toString('base64url')}`;
}

/** Whether the text was signed by somebody who knows the token. */
export function isSignedBy(
  content: string,
  signature: string,
  token: { readonly id: string; readonly secret: string },
): boolean {
  const [header = '', payload, mac = ''] = signature.split('.');
  if (payload !== '' || !mac) return false;
  const { alg, kid } = readHeader(header);
  if (alg !== 'HS256' || kid !== token.id) return false;
  const [wanted, given] = [macOf(`${header}.${encode(content)}`, token.secret), Buffer.from(mac, 'base64url')];
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function readHeader(header: string): { readonly alg?: unknown; readonly kid?: unknown } {
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: unknown; kid?: unknown };
  } catch {
    return {};
  }
}

/** The ConfigMap of a cluster at `server` with this CA (PEM), not signed yet. The kubeconfig in it is JSON, which is YAML too. */
export function clusterInfo(server: string, ca: string): ConfigMap {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const kubeconfig = { apiVersion: 'v1', kind: 'Config', clusters: [{ name: '', cluster }], contexts: [], users: [] };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...CLUSTER_INFO },
    data: { [KUBECONFIG_KEY]: `${JSON.stringify(kubeconfig, null, 2)}\n` },
  };
}

/** Server and CA (PEM) of the kubeconfig in a cluster-info; the parser is the caller's, since others write YAML there. */
export function readClusterInfo(
  kubeconfig: string,
  parse: (text: string) => unknown,
): { readonly server: string; readonly ca: string } {
  const file = parse(kubeconfig) as { clusters?: { cluster?: Record<string, unknown> }[] } | undefined;
  const cluster = file?.clusters?.[0]?.cluster ?? {};
  const [server, ca] = [cluster['server'], cluster['certificate-authority-data']];
  if (typeof server !== 'string' || typeof ca !== 'string') {
    throw new Error('the kubeconfig of cluster-info names no server or no certificate authority');
  }
  return { server, ca: Buffer.from(ca, 'base64').toString() };
}
