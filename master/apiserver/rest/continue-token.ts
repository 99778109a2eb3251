/**
 * The `continue` token of a list: the revision all its pages show and the last object the client has.
 *
 * Opaque to clients; anything that is not one of ours is a 400. A token without a revision comes with the 410 of one that expired: the
 * list then goes on at the newest revision.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
import { badRequest } from '../../../helper/api/status-error';

export interface ContinueToken {
  /** undefined = the newest */
  readonly revision: number | undefined;
  /** `namespace/name` (or `name`) of the last object sent */
  readonly after: string;
}

const FORMAT = 'meta.k8s.io/v1';
/** How a token says "the newest": 0 would be taken for a token that lacks its revision. */
const NEWEST = -1;

export function encodeContinue({ revision = NEWEST, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: FORMAT, rv: revision, start: after })).toString('base64url');
}

const refused = (detail = '') => badRequest(`invalid continue token: continue key is not valid${detail}`);

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not base64 or not JSON: refused below.
  }
  throw refused();
}

/** The path of a store key is joined from it: nothing may lead out of the kind's own keys. */
const isPlace = (start: string) => start.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** Throws BadRequest. */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parse(text);
  if (v !== FORMAT) throw refused(': server does not recognize this encoded version');
  if (!Number.isSafeInteger(rv) || rv === 0)
    throw refused(`: incorrect encoded start resourceVersion (version ${FORMAT})`);
  if (typeof start !== 'string' || start === '') throw refused(`: encoded start key empty (version ${FORMAT})`);
  if (!isPlace(start)) throw refused(`: ${start}`);
  return { revision: Number(rv) < 0 ? undefined : Number(rv), after: start };
}
