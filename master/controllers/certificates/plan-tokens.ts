/**
 * What bootstrap tokens ask for: signatures of cluster-info under every good one, and removal of those whose time is over. Pure.
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
import type { ConfigMap } from '../../../helper/api/core/config-map';
import type { Secret } from '../../../helper/api/core/secret';
import { tokenOf } from '../../../helper/pki/bootstrap-token';
import { isSignedBy, KUBECONFIG_KEY, SIGNATURE_PREFIX, signDetached } from '../../../helper/pki/cluster-info';

export interface TokensPlan {
  readonly expired: readonly Secret[];
  /** cluster-info with the signatures it should have; undefined when it has them, or does not exist */
  readonly signed: ConfigMap | undefined;
  /** when the next token's time is over */
  readonly nextExpiry: Date | undefined;
}

function signaturesOf(content: string, secrets: readonly Secret[], before: Readonly<Record<string, string>>) {
  return secrets.flatMap((secret) => {
    const token = tokenOf(secret);
    if (!token?.signing) return [];
    const key = SIGNATURE_PREFIX + token.id;
    const kept = before[key];
    return [[key, kept && isSignedBy(content, kept, token) ? kept : signDetached(content, token)] as const];
  });
}

const sameEntries = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>) =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);

/** Compares what is there at `now` with what should be; nothing to do: nothing expired, nothing signed. */
export function planTokens(secrets: readonly Secret[], info: ConfigMap | undefined, now: Date): TokensPlan {
  const isOver = (secret: Secret) => (tokenOf(secret)?.expires?.getTime() ?? Number.POSITIVE_INFINITY) <= now.getTime();
  const expired = secrets.filter((secret) => isOver(secret) && !secret.metadata.deletionTimestamp);
  const good = secrets.filter((secret) => !isOver(secret) && !secret.metadata.deletionTimestamp);
  const times = good.flatMap((secret) => tokenOf(secret)?.expires?.getTime() ?? []);
  const nextExpiry = times.length > 0 ? new Date(Math.min(...times)) : undefined;
  const before = info?.data ?? {};
  const content = before[KUBECONFIG_KEY];
  if (!info || content === undefined) return { expired, signed: undefined, nextExpiry };
  const others = Object.entries(before).filter(([key]) => !key.startsWith(SIGNATURE_PREFIX));
  const data = Object.fromEntries([...others, ...signaturesOf(content, good, before)]);
  return { expired, signed: sameEntries(data, before) ? undefined : { ...info, data }, nextExpiry };
}
