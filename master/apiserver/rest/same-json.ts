/**
 * Whether a write would change anything: the same JSON, in whatever order its keys stand.
 */
import { sameValue } from '../../../helper/api/validate-metadata';
import type { CachedObject } from '../watch/cached-object';

/** True when the bytes say what the object says. Both were written by JSON.stringify, so the same content has the same length. */
export function sameJson(bytes: Buffer, object: CachedObject): boolean {
  if (bytes.length !== object.bytes.length) return false;
  return bytes.equals(object.bytes) || sameValue(JSON.parse(bytes.toString('utf8')), object.object);
}
