/**
 * What a new object is compared with: an object of its type in which nobody has set anything yet.
 *
 * Not `{}`: in Kubernetes structs such as spec or a pod template are there from the start, so creating an object adds
 * what is in them, not them. That is why managedFields shows `f:spec` without a `.`, but `f:ports` with one.
 */
import type { JsonObject } from '../patch/json-object';
import type { MapType } from './field-type';

const made = new WeakMap<MapType, JsonObject>();

/** The empty object of a type; shared, not to be changed. */
export function emptyObject(type: MapType): JsonObject {
  let object = made.get(type);
  if (!object) {
    object = {};
    // Before the fields: a type may contain itself.
    made.set(type, object);
    for (const name of type.alwaysPresent) {
      const field = type.fields.get(name);
      object[name] = field?.kind === 'map' ? emptyObject(field) : null;
    }
  }
  return object;
}
