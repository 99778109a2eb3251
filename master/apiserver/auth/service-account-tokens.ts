/**
 * ServiceAccount tokens: signed on request, never stored, worth something only while what they are bound to exists.
 *
 * A token names its audience, its expiry, its ServiceAccount and, for those the kubelet mounts, its pod. Deleting the pod
 * or the account ends the token at once: every use looks both up in the watch caches.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import type { Secret } from '../../../helper/api/core/secret';
import { serviceAccountResource } from '../../../helper/api/core/service-account';
import type { KubeObject } from '../../../helper/api/meta';
import type { Registry } from '../registry';
import { signJwt, verifyJwt } from './jwt';
import {
  boundClaims,
  factsOf,
  LEGACY_ISSUER,
  legacyClaims,
  type TokenBinding,
  type TokenFacts,
  type TokenOrder,
} from './service-account-claims';
import type { User } from './user';

export const DEFAULT_EXPIRATION_SECONDS = 3600;
/** Clocks of other machines may be a little ahead. */
const LEEWAY_SECONDS = 10;
/** An object that is going away takes its tokens along this long after its last moment, as in Kubernetes. */
const DELETION_LEEWAY_MS = 60_000;
/** Verified signatures are remembered: the check costs 0.1 ms, the request it guards less. */
const MAX_REMEMBERED = 10_000;

/** Whose token it is, and for which of the audiences that were asked for it is good. */
export interface TokenUser {
  readonly user: User;
  readonly audiences: readonly string[];
}

export class ServiceAccountTokens {
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  private readonly keyId: string;
  private readonly ownAudience: readonly string[];
  private readonly remembered = new Map<string, TokenFacts>();

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
    this.ownAudience = [issuer];
  }

  /** A new token and the second (since 1970) it ends in. */
  issue(order: TokenOrder, now: Date) {
    const claims = boundClaims(order, this.issuer, randomUUID(), now);
    return { token: signJwt(claims, this.privateKey, this.keyId), expiresAtSeconds: claims.exp, audiences: claims.aud };
  }

  /** The token a Secret of type `kubernetes.io/service-account-token` holds. */
  issueLegacy(serviceAccount: KubeObject, secretName: string): string {
    return signJwt(legacyClaims(serviceAccount, secretName), this.privateKey, this.keyId);
  }

  /** The public key as others need it to check tokens themselves: RFC 7517. */
  publicKeys(): { keys: object[] } {
    return { keys: [{ use: 'sig', kid: this.keyId, alg: 'ES256', ...this.publicKey.export({ format: 'jwk' }) }] };
  }

  /** The user of a token; undefined when it is not ours, out of time, for none of the audiences, or what it is bound to is gone. */
  check(token: string, now: Date, audiences = this.ownAudience): TokenUser | undefined {
    const facts = this.remembered.get(token) ?? this.verified(token);
    const good = facts && this.goodFor(facts, now, audiences);
    if (!facts || !good) return undefined;
    const live = this.accountExists(facts) && facts.boundTo.every((bound) => this.isBoundTo(bound, token, now));
    return live ? { user: facts.user, audiences: good } : undefined;
  }

  private verified(token: string): TokenFacts | undefined {
    const claims = verifyJwt(token, this.publicKey);
    if (claims?.iss !== this.issuer && claims?.iss !== LEGACY_ISSUER) return undefined;
    const facts = factsOf(claims);
    if (!facts) return undefined;
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    this.remembered.set(token, facts);
    return facts;
  }

  private goodFor({ audiences, expires, notBefore }: TokenFacts, now: Date, wanted: readonly string[]) {
    const seconds = now.getTime() / 1000;
    if (seconds >= expires || seconds < notBefore - LEEWAY_SECONDS) return undefined;
    const own = audiences ?? this.ownAudience;
    const good = wanted.filter((audience) => own.includes(audience));
    return good.length > 0 ? good : undefined;
  }

  private accountExists({ namespace, account }: TokenFacts): boolean {
    const found = this.registry.cacheOf(serviceAccountResource).get(namespace, account.name);
    return found?.object.metadata.uid === account.uid;
  }

  private isBoundTo({ resource, namespace, name, uid }: TokenBinding, token: string, now: Date): boolean {
    const object = this.registry.cacheOf(resource).get(namespace, name)?.object;
    if (!object) return false;
    const { deletionTimestamp } = object.metadata;
    if (deletionTimestamp && Date.parse(deletionTimestamp) < now.getTime() - DELETION_LEEWAY_MS) return false;
    if (uid !== undefined) return object.metadata.uid === uid;
    return (object as Secret).data?.token === Buffer.from(token).toString('base64');
  }
}
