/**
 * What a ServiceAccount token says, in both forms Kubernetes has: bound tokens, which name audience, time and the objects they end
 * with, and legacy ones, which live in a Secret and end with it. Pure: claims in, what they stand for out.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
import { nodeResource } from '../../../helper/api/core/node';
import { podResource } from '../../../helper/api/core/pod';
import { secretResource } from '../../../helper/api/core/secret';
import type { KubeObject } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';
import { authenticated, type User } from './user';

const CLAIM = 'kubernetes.io';
export const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const LEGACY = 'kubernetes.io/serviceaccount';
const EXTRA = 'authentication.kubernetes.io';

interface Reference {
  readonly name: string;
  readonly uid: string;
}

/** An object a token ends with. */
export interface TokenBinding {
  readonly resource: Pick<Resource, 'group' | 'version' | 'plural'>;
  readonly namespace: string;
  readonly name: string;
  /** undefined in legacy tokens: there the Secret must hold the very token */
  readonly uid?: string | undefined;
}

/** What a signed token stands for, before anybody has looked whether it still does. */
export interface TokenFacts {
  readonly user: User;
  readonly namespace: string;
  readonly account: Reference;
  readonly boundTo: readonly TokenBinding[];
  /** undefined in legacy tokens: good wherever this server's own audience is */
  readonly audiences: readonly string[] | undefined;
  /** seconds since 1970 */
  readonly notBefore: number;
  readonly expires: number;
}

/** What a token is issued for. */
export interface TokenOrder {
  readonly serviceAccount: KubeObject;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundTo?: { readonly kind: 'Pod' | 'Secret' | 'Node'; readonly object: KubeObject };
  /** of the pod it is bound to */
  readonly node?: KubeObject | undefined;
}

export interface BoundClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti: string;
  readonly [CLAIM]: {
    readonly namespace: string;
    readonly node?: Reference;
    readonly pod?: Reference;
    readonly secret?: Reference;
    readonly serviceaccount: Reference;
  };
  readonly nbf: number;
  readonly sub: string;
}

const referenceTo = ({ metadata }: KubeObject): Reference => ({ name: metadata.name, uid: metadata.uid ?? '' });
const userName = (namespace: string, account: string) => `system:serviceaccount:${namespace}:${account}`;

/** The claims of a new token. `id` tells it from all others. */
export function boundClaims(order: TokenOrder, issuer: string, id: string, now: Date): BoundClaims {
  const { serviceAccount, audiences, expirationSeconds, boundTo, node } = order;
  const seconds = Math.floor(now.getTime() / 1000);
  const { namespace = '', name } = serviceAccount.metadata;
  return {
    aud: audiences.length > 0 ? audiences : [issuer],
    exp: seconds + expirationSeconds,
    iat: seconds,
    iss: issuer,
    jti: id,
    [CLAIM]: {
      namespace,
      ...(node ? { node: referenceTo(node) } : {}),
      ...(boundTo ? { [boundTo.kind.toLowerCase()]: referenceTo(boundTo.object) } : {}),
      serviceaccount: referenceTo(serviceAccount),
    },
    nbf: seconds,
    sub: userName(namespace, name),
  };
}

/** The claims of a token that is kept in a Secret. */
export function legacyClaims(serviceAccount: KubeObject, secretName: string): Record<string, string> {
  const { namespace = '', name, uid = '' } = serviceAccount.metadata;
  return {
    iss: LEGACY_ISSUER,
    [`${LEGACY}/namespace`]: namespace,
    [`${LEGACY}/secret.name`]: secretName,
    [`${LEGACY}/service-account.name`]: name,
    [`${LEGACY}/service-account.uid`]: uid,
    sub: userName(namespace, name),
  };
}

function accountUser(namespace: string, { name, uid }: Reference, extra: Record<string, string[]>): User {
  return authenticated({
    name: userName(namespace, name),
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  });
}

function boundFacts(claims: BoundClaims): TokenFacts {
  const { aud, exp, nbf, jti, [CLAIM]: claim } = claims;
  const { namespace, serviceaccount, pod, secret, node } = claim;
  const boundTo: TokenBinding[] = [
    ...(pod ? [{ resource: podResource, namespace, ...pod }] : []),
    ...(secret ? [{ resource: secretResource, namespace, ...secret }] : []),
    // With a pod it only says where the pod runs.
    ...(node && !pod ? [{ resource: nodeResource, namespace: '', ...node }] : []),
  ];
  const extra = {
    ...(jti ? { [`${EXTRA}/credential-id`]: [`JTI=${jti}`] } : {}),
    ...(node ? { [`${EXTRA}/node-name`]: [node.name] } : {}),
    ...(node?.uid ? { [`${EXTRA}/node-uid`]: [node.uid] } : {}),
    ...(pod ? { [`${EXTRA}/pod-name`]: [pod.name], [`${EXTRA}/pod-uid`]: [pod.uid] } : {}),
  };
  const user = accountUser(namespace, serviceaccount, extra);
  return { user, namespace, account: serviceaccount, boundTo, audiences: [aud].flat(), notBefore: nbf, expires: exp };
}

function legacyFacts(claims: Record<string, unknown>): TokenFacts {
  const text = (name: string) => String(claims[`${LEGACY}/${name}`] ?? '');
  const namespace = text('namespace');
  const account = { name: text('service-account.name'), uid: text('service-account.uid') };
  const boundTo = [{ resource: secretResource, namespace, name: text('secret.name') }];
  const user = accountUser(namespace, account, {});
  return { user, namespace, account, boundTo, audiences: undefined, notBefore: 0, expires: Infinity };
}

/** What claims with a good signature stand for; undefined when they are not of one of the two forms. */
export function factsOf(claims: Record<string, unknown>): TokenFacts | undefined {
  if (claims.iss === LEGACY_ISSUER) return legacyFacts(claims);
  const bound = claims as unknown as BoundClaims;
  return bound[CLAIM]?.serviceaccount && bound.exp ? boundFacts(bound) : undefined;
}
