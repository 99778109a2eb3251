/**
 * Secrets of type `kubernetes.io/service-account-token`: filled with a token that does not expire, and removed with their account.
 *
 * Only who asks for one by making the Secret gets one; pods and people use tokens of the token subresource, which end by themselves.
 * Kubernetes does this in its controller manager; here it is the api-server, which holds the signing key anyhow.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#additional-api-token-secrets
 */
import { type Secret, secretResource } from '../../../helper/api/core/secret';
import { serviceAccountResource } from '../../../helper/api/core/service-account';
import type { KubeObject } from '../../../helper/api/meta';
import { isConflict, isNotFound } from '../../../helper/api/status-error';
import { type Chore, settling } from '../chore';
import type { Registry } from '../registry';
import { changeStored } from '../rest/store-write';
import type { CachedObject } from '../watch/cached-object';
import { CacheFollower } from './cache-follower';
import type { ServiceAccountTokens } from './service-account-tokens';

const TYPE = 'kubernetes.io/service-account-token';
const NAME_ANNOTATION = 'kubernetes.io/service-account.name';
const UID_ANNOTATION = 'kubernetes.io/service-account.uid';
const RETRY_MS = 1_000;

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What becomes of a Secret of this type: filled in, removed because its account is gone, or nothing (undefined). */
export function settledSecret(
  secret: Secret,
  account: KubeObject | undefined,
  contents: { readonly ca: string; token(account: KubeObject, secretName: string): string },
): Secret | 'remove' | undefined {
  const { metadata, data = {} } = secret;
  const uid = metadata.annotations?.[UID_ANNOTATION];
  if (!account || (uid && uid !== account.metadata.uid)) return 'remove';
  const wanted: Record<string, string> = {
    'ca.crt': base64(contents.ca),
    namespace: base64(metadata.namespace ?? ''),
    token: data.token || base64(contents.token(account, metadata.name)),
  };
  const isComplete = Object.entries(wanted).every(([key, value]) => data[key] === value);
  if (uid && isComplete) return undefined;
  const annotations = { ...metadata.annotations, [UID_ANNOTATION]: account.metadata.uid ?? '' };
  return { ...secret, metadata: { ...metadata, annotations }, data: { ...data, ...wanted } };
}

export class ServiceAccountTokenSecrets implements Chore {
  /** the Secrets of the type, by key */
  private readonly places = new Map<string, { readonly namespace: string; readonly name: string }>();
  private readonly settling = settling({
    follow: (wake) => this.follow(wake),
    settle: () => this.settle(),
    onFailure: (error) => this.registry.log.warn({ err: error }, 'token secrets could not be written; trying again'),
    retryMs: RETRY_MS,
  });

  constructor(
    private readonly registry: Registry,
    private readonly tokens: ServiceAccountTokens,
    private readonly ca: string,
  ) {}

  /** From now on Secrets are filled as they come. */
  start(): void {
    this.settling.start();
  }

  stop(): void {
    this.settling.stop();
  }

  private follow(changed: () => void): CacheFollower[] {
    const wake = () => {
      if (this.places.size > 0) changed();
    };
    const secrets = this.registry.cacheOf(secretResource);
    return [
      new CacheFollower(secrets, {
        startOver: () => {
          this.places.clear();
          for (const secret of secrets.table.list('')) this.note(secret);
          wake();
        },
        apply: ({ current }) => {
          if (this.note(current)) wake();
        },
      }),
      new CacheFollower(this.registry.cacheOf(serviceAccountResource), { startOver: wake, apply: wake }),
    ];
  }

  /** Remembers where a Secret of the type is; true when it is one. */
  private note({ key, namespace, name, object }: CachedObject): boolean {
    if ((object as Secret).type !== TYPE) return false;
    this.places.set(key, { namespace, name });
    return true;
  }

  private async settle(): Promise<void> {
    for (const [key, { namespace, name }] of this.places) {
      const secret = this.registry.cacheOf(secretResource).get(namespace, name)?.object as Secret | undefined;
      if (secret) await this.settleOne(secret);
      else this.places.delete(key);
    }
  }

  private async settleOne(secret: Secret): Promise<void> {
    const { namespace = '', name, annotations = {}, resourceVersion } = secret.metadata;
    const account = this.registry.cacheOf(serviceAccountResource).get(namespace, annotations[NAME_ANNOTATION] ?? '');
    const next = settledSecret(secret, account?.object, {
      ca: this.ca,
      token: (owner, secretName) => this.tokens.issueLegacy(owner, secretName),
    });
    if (!next) return;
    const cache = this.registry.cacheOf(secretResource);
    try {
      await changeStored(
        { kind: cache.kind, cache },
        namespace,
        name,
        { dryRun: false, expectedVersion: resourceVersion },
        () => (next === 'remove' ? { remove: true } : { next }),
      );
    } catch (error) {
      // Written by somebody else in between: that change has woken us again.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}
