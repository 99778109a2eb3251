/**
 * The `continue` token of a list: the revision all its pages show and the last object the client has.
 *
 * Opaque to clients; anything that is not one of ours is a 400.
 */
import { badRequest } from '../../../helper/api/status-error';

export interface ContinueToken {
  readonly revision: number;
  /** `namespace/name` (or `name`) of the last object sent */
  readonly after: string;
}

const FORMAT = 'meta.k8s.io/v1';

export function encodeContinue({ revision, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: FORMAT, rv: revision, start: after })).toString('base64url');
}

/** Throws BadRequest. */
export function decodeContinue(text: string): ContinueToken {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Record<string, unknown>;
    // The path of a key is joined from it: nothing may lead out of the kind's own keys.
    const isPlace = typeof start === 'string' && start !== '' && !start.startsWith('/');
    if (v === FORMAT && Number.isSafeInteger(rv) && isPlace) return { revision: Number(rv), after: start };
  } catch {
    // Not base64 or not JSON: refused below.
  }
  throw badRequest('continue key is not valid: expected the continue token of an earlier list');
}
