/**
 * ServiceAccount tokens: signed on request, never stored, worth something only while what they are bound to exists.
 *
 * A token names its audience, its expiry, its ServiceAccount and, for those the kubelet mounts, its pod. Deleting the pod
 * or the account ends the token at once: every use looks both up in the watch caches.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { podResource } from '../../../helper/api/core/pod';
import { secretResource } from '../../../helper/api/core/secret';
import { serviceAccountResource } from '../../../helper/api/core/service-account';
import type { KubeObject } from '../../../helper/api/meta';
import type { Registry } from '../registry';
import { signJwt, verifyJwt } from './jwt';
import { authenticated, type User } from './user';

export const DEFAULT_EXPIRATION_SECONDS = 3600;
const CLAIM = 'kubernetes.io';
/** Clocks of other machines may be a little ahead. */
const LEEWAY_SECONDS = 10;
/** Verified signatures are remembered: the check costs 0.1 ms, the request it guards less. */
const MAX_REMEMBERED = 10_000;

interface Reference {
  readonly name: string;
  readonly uid: string;
}

interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly nbf: number;
  readonly jti?: string;
  readonly sub: string;
  readonly [CLAIM]: {
    readonly namespace: string;
    readonly serviceaccount: Reference;
    readonly pod?: Reference;
    readonly secret?: Reference;
    readonly node?: Reference;
  };
}

/** What a token is issued for. */
export interface TokenOrder {
  readonly serviceAccount: KubeObject;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundTo?: { readonly kind: 'Pod' | 'Secret'; readonly object: KubeObject };
}

const referenceTo = ({ metadata }: KubeObject): Reference => ({ name: metadata.name, uid: metadata.uid ?? '' });

export class ServiceAccountTokens {
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  private readonly keyId: string;
  private readonly remembered = new Map<string, Claims>();

  /** `issuer` is also the audience of tokens that name none: this api-server. */
  constructor(
    privateKeyPem: string,
    readonly issuer: string,
    private readonly registry: Registry,
  ) {
    this.privateKey = createPrivateKey(privateKeyPem);
    this.publicKey = createPublicKey(this.privateKey);
    const spki = this.publicKey.export({ type: 'spki', format: 'der' });
    this.keyId = createHash('sha256').update(spki).digest('base64url');
  }

  /** A new token and the second (since 1970) it ends in. */
  issue({ serviceAccount, audiences, expirationSeconds, boundTo }: TokenOrder, now: Date) {
    const seconds = Math.floor(now.getTime() / 1000);
    const { namespace = '', name } = serviceAccount.metadata;
    const claims: Claims & Record<string, unknown> = {
      aud: audiences.length > 0 ? audiences : [this.issuer],
      exp: seconds + expirationSeconds,
      iat: seconds,
      iss: this.issuer,
      jti: randomUUID(),
      [CLAIM]: {
        namespace,
        serviceaccount: referenceTo(serviceAccount),
        ...(boundTo ? { [boundTo.kind.toLowerCase()]: referenceTo(boundTo.object) } : {}),
      },
      nbf: seconds,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    return { token: signJwt(claims, this.privateKey, this.keyId), expiresAtSeconds: claims.exp, audiences: claims.aud };
  }

  /** The user of a token; undefined when it is not ours, not for us, out of time, or what it is bound to is gone. */
  userOf(token: string, now: Date): User | undefined {
    const claims = this.remembered.get(token) ?? this.verified(token);
    if (!claims || !this.isInForce(claims, now) || !this.isBoundToExisting(claims)) {
      this.remembered.delete(token);
      return undefined;
    }
    const { namespace, serviceaccount, pod } = claims[CLAIM];
    const podFacts = pod && {
      'authentication.kubernetes.io/pod-name': [pod.name],
      'authentication.kubernetes.io/pod-uid': [pod.uid],
    };
    return authenticated({
      name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
      ...(podFacts ? { extra: podFacts } : {}),
    });
  }

  private verified(token: string): Claims | undefined {
    const claims = verifyJwt(token, this.publicKey) as Claims | undefined;
    if (!claims?.[CLAIM]?.serviceaccount) return undefined;
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    this.remembered.set(token, claims);
    return claims;
  }

  private isInForce({ aud, exp, nbf }: Claims, now: Date): boolean {
    const seconds = now.getTime() / 1000;
    return [aud].flat().includes(this.issuer) && seconds < exp && seconds >= nbf - LEEWAY_SECONDS;
  }

  private isBoundToExisting({ [CLAIM]: claim }: Claims): boolean {
    const { namespace, serviceaccount, pod, secret } = claim;
    const exists = (resource: Parameters<Registry['cacheOf']>[0], { name, uid }: Reference) =>
      this.registry.cacheOf(resource).get(namespace, name)?.object.metadata.uid === uid;
    return (
      exists(serviceAccountResource, serviceaccount) &&
      (!pod || exists(podResource, pod)) &&
      (!secret || exists(secretResource, secret))
    );
  }
}
