/**
 * Asks a question of FieldsV1 as it is stored, without building a set of it.
 *
 * On most writes the answer is "nothing to do": the writer owns the fields already and nobody else does. Walking the few
 * changed paths through the stored object finds that out in microseconds; decoding every manager would take far longer.
 * Only for FieldsV1 in canonical spelling, which is the only one that gets stored.
 */
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import type { FieldSet } from './field-set';

function stepInto(fields: JsonObject, element: string): JsonObject | undefined {
  const child = fields[element];
  return isJsonObject(child) ? child : undefined;
}

/** `{}` and `{".": {}, ...}` are members; `{"f:x": {}}` only leads to one. */
function isMember(child: JsonObject): boolean {
  if (Object.hasOwn(child, '.')) return true;
  for (const _ in child) return false;
  return true;
}

/** True when every path of `set` is in the stored fields. */
export function storedContains(fields: JsonObject, set: FieldSet): boolean {
  return set.elements().every((element) => {
    const child = stepInto(fields, element);
    if (!child) return false;
    if (set.hasElement(element) && !isMember(child)) return false;
    const below = set.below(element);
    return !below || storedContains(child, below);
  });
}

/** True when some path of `set` is in the stored fields. */
export function storedIntersects(fields: JsonObject, set: FieldSet): boolean {
  return set.elements().some((element) => {
    const child = stepInto(fields, element);
    if (!child) return false;
    if (set.hasElement(element) && isMember(child)) return true;
    const below = set.below(element);
    return below !== undefined && storedIntersects(child, below);
  });
}
