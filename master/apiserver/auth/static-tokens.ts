/**
 * Bearer tokens from a file: `token,user,uid,"group1,group2"`, one a line. The installation's admin token lives there.
 *
 * Looked up by hash, so that the time a lookup takes says nothing about how much of a guessed token is right.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
 */
import { createHash } from 'node:crypto';
import { authenticated, type User } from './user';

const LINE = /^([^,]+),([^,]+),([^,]*)(?:,(?:"([^"]*)"|(.*)))?$/;

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64');

/** Users by the hash of their token. Throws when a line cannot be read. */
export function parseTokenFile(text: string): ReadonlyMap<string, User> {
  const users = new Map<string, User>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (!line || line.startsWith('#')) continue;
    const [, token, name, uid = '', quoted, plain] = LINE.exec(line) ?? [];
    if (!token || !name) throw new Error(`token file, line ${index + 1}: expected token,user,uid,"groups"`);
    const groups = (quoted ?? plain ?? '').split(',').map((group) => group.trim());
    users.set(hashOf(token), authenticated({ name, uid, groups: groups.filter(Boolean) }));
  }
  return users;
}

/** The user of a token; undefined when it is not in the file. */
export function userOfStaticToken(users: ReadonlyMap<string, User>, token: string): User | undefined {
  return users.get(hashOf(token));
}
