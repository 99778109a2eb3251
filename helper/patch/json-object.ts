/**
 * Reading and writing the fields of objects that came from a request, safe from names like `__proto__`.
 */

export type JsonObject = Record<string, unknown>;

/** True for objects in braces; false for lists and null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field the object itself has; what it inherits does not count. */
export function getField(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets a field as `JSON.parse` would: `__proto__` becomes a field like any other. */
export function setField(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** A field for a message; `String()` would call functions the sender named (`{"toString": …}`). */
export function shownField(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
