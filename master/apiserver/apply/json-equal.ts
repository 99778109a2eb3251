/**
 * Equality of JSON values as apply means it: absent, null and empty are three different things.
 */
import type { JsonObject } from '../../../helper/patch/json-object';

/** Deep equality; the order of an object's keys does not count. Plain loops: every write runs through here. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (!Array.isArray(left)) return !Array.isArray(right) && objectsEqual(left as JsonObject, right as JsonObject);
  if (!Array.isArray(right) || left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (!jsonEqual(left[index], right[index])) return false;
  return true;
}

function objectsEqual(left: JsonObject, right: JsonObject): boolean {
  let count = 0;
  for (const key in left) {
    count++;
    if (!Object.hasOwn(right, key) || !jsonEqual(left[key], right[key])) return false;
  }
  for (const _ in right) count--;
  return count === 0;
}
