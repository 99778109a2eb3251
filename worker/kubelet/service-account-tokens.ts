/**
 * Tokens for the service accounts of this node's pods, from the TokenRequest API, kept until 80 % of their life is over.
 *
 * A token is bound to its pod: it dies with it.
 * https://kubernetes.io/docs/concepts/security/service-accounts/#get-a-token
 */

import type { Pod } from '../../helper/api/core/pod';
import { serviceAccountResource } from '../../helper/api/core/service-account';
import type { ApiClient } from '../../helper/client/client';
import type { ServiceAccountToken } from '../volumes/volume-plugin';

const REFRESH_SHARE = 0.8;
/** A token older than this is renewed whatever its lifetime. */
const MAX_AGE_MS = 24 * 3_600_000;

/** When a token got at `now` that ends at `expiresAt` has to be asked for anew. */
function refreshTime(now: Date, expiresAt: Date): Date {
  const lifetimeMs = expiresAt.getTime() - now.getTime();
  return new Date(now.getTime() + Math.min(lifetimeMs * REFRESH_SHARE, MAX_AGE_MS));
}

export class ServiceAccountTokens {
  private readonly tokens = new Map<string, ServiceAccountToken>();

  constructor(private readonly client: ApiClient) {}

  /** Throws the API's error when no token is given: no such account, or the API is away. */
  async get(pod: Pod, audience: string, expirationSeconds: number): Promise<ServiceAccountToken> {
    const { namespace = '', name, uid = '' } = pod.metadata;
    const key = `${uid}/${audience}/${expirationSeconds}`;
    const known = this.tokens.get(key);
    if (known && known.refreshAt > new Date()) return known;
    const account = pod.spec?.serviceAccountName || 'default';
    const answer = await this.client.createSubresource(serviceAccountResource, namespace, account, 'token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: account, namespace },
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    });
    const { token = '', expirationTimestamp = '' } = (answer as { status?: Record<string, string> }).status ?? {};
    const fresh = { token, refreshAt: refreshTime(new Date(), new Date(expirationTimestamp)) };
    this.tokens.set(key, fresh);
    return fresh;
  }

  forgetPod(podUid: string): void {
    for (const key of this.tokens.keys()) if (key.startsWith(`${podUid}/`)) this.tokens.delete(key);
  }
}
