/**
 * `./run.sh token create | list | delete`: what another machine needs to join.
 *
 * A token is a Secret of kube-system that ends by itself (a day, unless asked otherwise). `create` prints the whole join command,
 * with the hash of the CA's public key, so that the machine cannot be led to another cluster.
 * https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-token/
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretResource } from '../../../helper/api/core/secret';
import { isNotFound } from '../../../helper/api/status-error';
import type { RestClient } from '../../../helper/client/rest-client';
import {
  newTokenText,
  parseToken,
  TOKEN_NAMESPACE,
  TOKEN_SECRET_TYPE,
  tokenOf,
  tokenSecret,
  tokenSecretName,
} from '../../../helper/pki/bootstrap-token';
import { certificateHash } from '../../../helper/pki/certificate-hash';
import type { Settings } from '../../../helper/process/settings';
import { advertisedUrl } from '../join/cluster-config';
import { adminClient } from '../open-cluster';
import { UserError } from '../run-command';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds of `24h`, `90m` or `1h30m`; `0` is for ever. Throws a UserError otherwise. */
export function ttlSeconds(text: string): number {
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+)([smh])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new UserError(`--ttl ${JSON.stringify(text)}: expected a time such as 24h, 90m or 0 (for ever)`, '');
  }
  return parts.reduce((sum, [, count = '', unit = '']) => sum + Number(count) * (UNIT_SECONDS[unit] ?? 0), 0);
}

async function withClient<T>(settings: Settings, work: (client: RestClient) => Promise<T>): Promise<T> {
  const client = await adminClient(settings);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Stores a new token and returns its text. */
export async function storeToken(client: RestClient, seconds: number, description: string, text = newTokenText()) {
  const expires = seconds > 0 ? { expires: new Date(Date.now() + seconds * 1000) } : {};
  await client.create(secretResource, tokenSecret(text, { ...expires, description }));
  return text;
}

/** Takes a token back, by its id or its whole text. Throws NotFound when there is none. */
export async function removeToken(client: RestClient, text: string): Promise<void> {
  await client.delete(secretResource, TOKEN_NAMESPACE, tokenSecretName(parseToken(text)?.id ?? text));
}

/** `sha256:…` of this cluster's CA. */
export function caHashOf(settings: Settings): string {
  return certificateHash(readFileSync(join(settings.home, 'pki', 'ca.crt'), 'utf8'));
}

/** Makes a token; returns the command that joins a machine with it. */
export async function createToken(
  settings: Settings,
  flags: { readonly ttl: string; readonly description?: string },
  text?: string,
): Promise<string> {
  const seconds = ttlSeconds(flags.ttl);
  if (text !== undefined && !parseToken(text)) {
    throw new UserError(
      `${JSON.stringify(text)} is no token; expected six characters, a dot, sixteen characters, of a-z and 0-9`,
      'Leave it out to have one made.',
    );
  }
  const token = await withClient(settings, (client) => storeToken(client, seconds, flags.description ?? '', text));
  return `./run.sh join --server ${advertisedUrl(settings)} --token ${token} --discovery-token-ca-cert-hash ${caHashOf(settings)}\n`;
}

/** One line a token: the secret half is not shown. */
export async function listTokens(settings: Settings): Promise<string> {
  const fieldSelector = `type=${TOKEN_SECRET_TYPE}`;
  const { items } = await withClient(settings, (client) =>
    client.list(secretResource, { namespace: TOKEN_NAMESPACE, fieldSelector }),
  );
  const rows = items.flatMap((secret) => {
    const token = tokenOf(secret);
    const usages = [token?.authentication && 'authentication', token?.signing && 'signing'].filter(Boolean).join(',');
    return token
      ? [[token.id, token.expires?.toISOString() ?? '<forever>', usages || '<none>', token.description]]
      : [];
  });
  const table = [['TOKEN', 'EXPIRES', 'USAGES', 'DESCRIPTION'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Takes a token back, by its id or its whole text. */
export async function deleteToken(settings: Settings, text: string): Promise<string> {
  const id = parseToken(text)?.id ?? text;
  await withClient(settings, (client) => removeToken(client, text)).catch((error: unknown) => {
    if (isNotFound(error)) throw new UserError(`there is no token ${JSON.stringify(id)}`, "See './run.sh token list'.");
    throw error;
  });
  return `token ${id} deleted\n`;
}
