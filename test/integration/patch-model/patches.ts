/**
 * What each kind of patch makes of an object, written as short as the documents that define it.
 *
 * https://www.rfc-editor.org/rfc/rfc7396 · https://www.rfc-editor.org/rfc/rfc6902 ·
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
import { isDeepStrictEqual } from 'node:util';
import { isMap, type Json, type JsonMap, type Shape } from './shape';

/** RFC 7396, the ten lines of its section 2. */
export function mergePatched(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const result: JsonMap = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatched(result[name], value);
  }
  return result;
}

export interface JsonOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test' | 'copy' | 'move';
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

type Place = { readonly inside: JsonMap | Json[]; readonly key: string };

function placeOf(root: JsonMap, pointer: string): Place {
  const keys = pointer.slice(1).split('/');
  const last = keys.pop() ?? '';
  let inside: Json | undefined = root;
  for (const key of keys) inside = valueAt({ inside: inside as JsonMap, key });
  if (typeof inside !== 'object' || inside === null) throw new Error(`nothing at ${pointer}`);
  return { inside: inside as JsonMap, key: last };
}

function valueAt({ inside, key }: Place): Json {
  const value = Object.hasOwn(inside, key) ? (inside as JsonMap)[key] : undefined;
  if (value === undefined) throw new Error(`nothing at ${key}`);
  return value;
}

function removeAt({ inside, key }: Place): void {
  valueAt({ inside, key });
  if (Array.isArray(inside)) inside.splice(Number(key), 1);
  else delete inside[key];
}

function addAt({ inside, key }: Place, value: Json): void {
  if (!Array.isArray(inside)) inside[key] = value;
  else if (key === '-') inside.push(value);
  else if (Number(key) <= inside.length) inside.splice(Number(key), 0, value);
  else throw new Error(`no place ${key}`);
}

/** RFC 6902. Throws when an operation cannot be done. */
export function jsonPatched(target: Json, operations: readonly JsonOperation[]): Json {
  const root = structuredClone(target) as JsonMap;
  for (const { op, path, from = '', value = null } of operations) {
    if (op === 'test') {
      if (!isDeepStrictEqual(valueAt(placeOf(root, path)), value)) throw new Error(`${path} is another`);
    } else if (op === 'remove') removeAt(placeOf(root, path));
    else if (op === 'replace') {
      const place = placeOf(root, path);
      valueAt(place);
      (place.inside as JsonMap)[place.key] = structuredClone(value);
    } else if (op === 'add') addAt(placeOf(root, path), structuredClone(value));
    else {
      const moved = structuredClone(valueAt(placeOf(root, from)));
      if (op === 'move') removeAt(placeOf(root, from));
      addAt(placeOf(root, path), moved);
    }
  }
  return root;
}

/** A strategic merge patch; the order of merged lists is not looked at. */
export function strategicPatched(shape: Shape, target: Json | undefined, patch: Json): Json {
  if (shape.is === 'leaf' || shape.is === 'atomic') return patch;
  if (shape.is === 'set') return [...new Set([...((target as Json[] | undefined) ?? []), ...(patch as Json[])])];
  if (shape.is === 'map')
    return mergePatched(withoutDirective(patch as JsonMap) === patch ? target : {}, withoutDirective(patch as JsonMap));
  if (shape.is === 'keyed') return mergedItems(shape, (target as JsonMap[] | undefined) ?? [], patch as JsonMap[]);
  return mergedFields(shape.fields, target as JsonMap | undefined, patch as JsonMap);
}

/** A map without `$patch: replace`; the very same when there is none. */
function withoutDirective(patch: JsonMap): JsonMap {
  if (!('$patch' in patch)) return patch;
  const { $patch: _, ...rest } = patch;
  return rest;
}

function mergedFields(fields: Readonly<Record<string, Shape>>, target: JsonMap | undefined, patch: JsonMap): JsonMap {
  const result: JsonMap = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const removed = /^\$deleteFromPrimitiveList\/(.*)$/.exec(name)?.[1];
    const inner = fields[removed ?? name];
    if (removed)
      result[removed] = ((result[removed] as Json[] | undefined) ?? []).filter(
        (one) => !(value as Json[]).includes(one),
      );
    else if (value === null) delete result[name];
    else result[name] = inner ? strategicPatched(inner, result[name], value) : value;
  }
  return result;
}

function mergedItems(
  shape: Extract<Shape, { is: 'keyed' }>,
  target: readonly JsonMap[],
  patch: readonly JsonMap[],
): Json[] {
  const key = shape.keys[0] as string;
  if (patch.some((item) => item.$patch === 'replace')) return patch.filter((item) => item.$patch !== 'replace');
  let result = [...target];
  for (const item of patch) {
    const { $patch: directive, ...change } = item;
    const old = result.find((one) => one[key] === item[key]);
    if (directive === 'delete') result = result.filter((one) => one !== old);
    else if (old) result = result.map((one) => (one === old ? mergedFields(shape.fields, old, change) : one));
    else result.push(mergedFields(shape.fields, {}, change));
  }
  return result;
}
