/**
 * JSON Web Tokens, as far as ServiceAccount tokens need them: three base64url parts signed with ES256.
 * https://www.rfc-editor.org/rfc/rfc7519
 */
import { type KeyObject, sign, verify } from 'node:crypto';

const ENCODING = { dsaEncoding: 'ieee-p1363' } as const;
/** A ServiceAccount token has about 1000 characters. */
const LONGEST_TOKEN = 8192;

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed token with these claims. `keyId` tells verifiers which key to use. */
export function signJwt(claims: object, key: KeyObject, keyId: string): string {
  const content = `${part({ alg: 'ES256', kid: keyId, typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${sign('sha256', Buffer.from(content), { key, ...ENCODING }).toString('base64url')}`;
}

/** The claims of a token signed with that key; undefined when it is no JWT, of another algorithm or another key. */
export function verifyJwt(token: string, key: KeyObject): Record<string, unknown> | undefined {
  const parts = token.split('.');
  const [header = '', claims = '', signature = ''] = parts;
  if (parts.length !== 3 || token.length > LONGEST_TOKEN) return undefined;
  try {
    if (JSON.parse(Buffer.from(header, 'base64url').toString()).alg !== 'ES256') return undefined;
    const content = Buffer.from(`${header}.${claims}`);
    if (!verify('sha256', content, { key, ...ENCODING }, Buffer.from(signature, 'base64url'))) return undefined;
    const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
