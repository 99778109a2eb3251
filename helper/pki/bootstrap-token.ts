/**
 * Bootstrap tokens as data: `abcdef.0123456789abcdef`, an id everybody may know and a secret, kept as a Secret of kube-system.
 *
 * Whoever holds one may ask for a node's certificate, and can tell that `cluster-info` was signed by somebody who knows it too.
 * Written by `run.sh token create`, read by the certificate controller; the API server has a reader of its own.
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
import { randomInt } from 'node:crypto';
import type { Secret } from '../api/core/secret';

export const TOKEN_NAMESPACE = 'kube-system';
export const TOKEN_SECRET_TYPE = 'bootstrap.kubernetes.io/token';
const NAME_PREFIX = 'bootstrap-token-';
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** kubeadm's group for machines that join; the roles of joining are bound to it. */
export const JOINING_GROUP = 'system:bootstrappers:kubeadm:default-node-token';

export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  /** absent: good for ever */
  readonly expires?: Date;
  readonly signing: boolean;
  readonly authentication: boolean;
  readonly description: string;
  readonly groups: readonly string[];
}

const random = (length: number) => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** Id and secret of a token's text; undefined when it is none. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  return id && secret ? { id, secret } : undefined;
}

/** A new text no one can guess. */
export const newTokenText = (): string => `${random(6)}.${random(16)}`;

/** Name of the Secret of the token with this id. */
export const tokenSecretName = (id: string): string => NAME_PREFIX + id;

/** The Secret that makes the token good, for everything joining takes. */
export function tokenSecret(text: string, terms: { readonly expires?: Date; readonly description?: string }): Secret {
  const token = parseToken(text);
  if (!token) throw new Error(`${JSON.stringify(text)} is no bootstrap token; expected [a-z0-9]{6}.[a-z0-9]{16}`);
  const fields: Record<string, string> = {
    'token-id': token.id,
    'token-secret': token.secret,
    'usage-bootstrap-authentication': 'true',
    'usage-bootstrap-signing': 'true',
    'auth-extra-groups': JOINING_GROUP,
    ...(terms.expires ? { expiration: terms.expires.toISOString() } : {}),
    ...(terms.description ? { description: terms.description } : {}),
  };
  const data = Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: tokenSecretName(token.id), namespace: TOKEN_NAMESPACE },
    type: TOKEN_SECRET_TYPE,
    data: Object.fromEntries(data),
  };
}

/** What a Secret says of a token; undefined when it describes none. A time nobody can read counts as over. */
export function tokenOf({ metadata, type, data = {} }: Secret): BootstrapToken | undefined {
  const field = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString();
  const token = parseToken(`${field('token-id')}.${field('token-secret')}`);
  if (type !== TOKEN_SECRET_TYPE || !token || metadata.name !== tokenSecretName(token.id)) return undefined;
  const expiration = field('expiration');
  return {
    ...token,
    ...(expiration ? { expires: new Date(Date.parse(expiration) || 0) } : {}),
    signing: field('usage-bootstrap-signing') === 'true',
    authentication: field('usage-bootstrap-authentication') === 'true',
    description: field('description'),
    groups: field('auth-extra-groups').split(',').filter(Boolean),
  };
}
