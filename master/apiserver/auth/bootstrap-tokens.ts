/**
 * Bootstrap tokens: `abcdef.0123456789abcdef`, kept as Secrets of kube-system, with which a machine that is to join proves that it may ask.
 *
 * Their user is `system:bootstrap:<id>` in the group `system:bootstrappers`, which by itself may do nothing: roles say what joining takes.
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Secret, secretResource } from '../../../helper/api/core/secret';
import type { Registry } from '../registry';
import { authenticated, type User } from './user';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const NAMESPACE = 'kube-system';
const TYPE = 'bootstrap.kubernetes.io/token';
const GROUP = 'system:bootstrappers';
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Equal in a time that tells nothing of where they differ. */
const isSame = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));

/** The groups of a token; undefined when one of them is none a token may give. */
function groupsOf(extra: string): string[] | undefined {
  const groups = extra.split(',').map((group) => group.trim());
  const named = groups.filter(Boolean);
  return named.every((group) => EXTRA_GROUP.test(group)) ? [GROUP, ...named] : undefined;
}

/** The user of a bootstrap token as this Secret describes it; undefined when the token is not the one or not good for this. */
export function userOfBootstrapSecret({ type, data = {} }: Secret, token: string, now: Date): User | undefined {
  const [, id = '', secret = ''] = TOKEN.exec(token) ?? [];
  const field = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString();
  if (type !== TYPE || !id || field('token-id') !== id || !isSame(field('token-secret'), secret)) return undefined;
  const expiration = field('expiration');
  // A time nobody can read is over.
  if (expiration && !(Date.parse(expiration) > now.getTime())) return undefined;
  if (field('usage-bootstrap-authentication') !== 'true') return undefined;
  const groups = groupsOf(field('auth-extra-groups'));
  return groups && authenticated({ name: `system:bootstrap:${id}`, groups });
}

/** The user of a token; undefined when it is no bootstrap token or not a good one. */
export function userOfBootstrapToken(registry: Registry, token: string, now: Date): User | undefined {
  const id = TOKEN.exec(token)?.[1];
  const stored = id && registry.cacheOf(secretResource).get(NAMESPACE, `bootstrap-token-${id}`);
  if (!stored || stored.object.metadata.deletionTimestamp) return undefined;
  return userOfBootstrapSecret(stored.object as Secret, token, now);
}
