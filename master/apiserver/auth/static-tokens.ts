/**
 * Bearer tokens from a file: `token,user,uid,"group1,group2"`, one a line. A cluster has none unless its owner makes one: a token in
 * a file is good until the file changes and the API server starts again, which suits lessons and load generators and little else.
 *
 * Looked up by hash, so that the time a lookup takes says nothing about how much of a guessed token is right.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../helper/process/settings';
import { authenticated, type User } from './user';

const LINE = /^([^,]+),([^,]+),([^,]*)(?:,(?:"([^"]*)"|(.*)))?$/;

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64');

/** The tokens of this installation; none where no file is. Throws when a file that was asked for is not there, or cannot be read. */
export function readStaticTokens({ home, tokenAuthFile }: Settings): ReadonlyMap<string, User> {
  const usual = join(home, 'pki', 'tokens.csv');
  if (!tokenAuthFile && !existsSync(usual)) return new Map();
  return parseTokenFile(readFileSync(tokenAuthFile || usual, 'utf8'));
}

/** Users by the hash of their token. Throws when a line cannot be read. */
function parseTokenFile(text: string): ReadonlyMap<string, User> {
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
