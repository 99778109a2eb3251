/**
 * Which fields differ between two states of an object: the paths that were added, modified and removed.
 *
 * An added or removed struct, map or list item is named itself besides everything in it, because owning it and owning what
 * is in it are two things. The order of list items makes no difference.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { getField, isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { FieldSet } from './field-set';
import { type FieldType, LEAF, type ListType, type MapType, typeOfField, typeOfValue } from './field-type';
import { jsonEqual } from './json-equal';
import { indexItems, RepeatedItems } from './list-items';
import { fieldElement, type PathElement } from './path-element';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

interface Walk extends Comparison {
  readonly path: PathElement[];
}

/** Compares `next` with `old`; undefined is absence, null a value. */
export function compareObjects(type: FieldType, old: unknown, next: unknown): Comparison {
  const walk: Walk = { path: [], added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  compareValue(walk, type, old, next);
  return walk;
}

/** True when nothing differs. */
export function isSame({ added, modified, removed }: Comparison): boolean {
  return added.isEmpty() && modified.isEmpty() && removed.isEmpty();
}

/** The comparison without the fields of `ignored` and all below them. */
export function ignoring({ added, modified, removed }: Comparison, ignored: FieldSet): Comparison {
  return { added: added.without(ignored), modified: modified.without(ignored), removed: removed.without(ignored) };
}

function compareValue(walk: Walk, type: FieldType, old: unknown, next: unknown): void {
  if (old === next || type.kind === 'serverOwned') return;
  if (type.kind === 'leaf') {
    compareLeaf(walk, old, next);
    return;
  }
  const oldType = typeOfValue(type, old);
  const nextType = typeOfValue(type, next);
  // An absent value takes the form of the other one.
  const known = next === undefined || next === null ? oldType : nextType;
  const isMixed = oldType !== nextType && old !== undefined && old !== null && next !== undefined && next !== null;
  if (isMixed) {
    compareInner(walk, oldType, old, undefined);
    compareInner(walk, nextType, undefined, next);
    compareLeaf(walk, old, next);
  } else if (compareInner(walk, known, old, next)) {
    if (old === undefined) walk.added.insert(walk.path);
    else if (next === undefined) walk.removed.insert(walk.path);
  } else compareLeaf(walk, old, next);
}

/** Compares what is inside; false when there is no inside and the values have to be compared themselves. */
function compareInner(walk: Walk, type: FieldType, old: unknown, next: unknown): boolean {
  if (type.kind === 'map' && !(isEmpty(old) && isEmpty(next))) {
    compareMaps(walk, type, old, next);
    return true;
  }
  if (type.kind === 'list' && !(isEmpty(old) && isEmpty(next))) {
    // Telling items apart is the costly part, and most lists are what they were.
    if (!jsonEqual(old, next)) compareLists(walk, type, old, next);
    return true;
  }
  return false;
}

function compareLeaf({ path, added, modified, removed }: Walk, old: unknown, next: unknown): void {
  if (old === undefined) added.insert(path);
  else if (next === undefined) removed.insert(path);
  else if (!jsonEqual(old, next)) modified.insert(path);
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  for (const _ in value) return false;
  return true;
}

function compareAt(walk: Walk, element: PathElement, type: FieldType, old: unknown, next: unknown): void {
  walk.path.push(element);
  compareValue(walk, type, old, next);
  walk.path.pop();
}

function compareMaps(walk: Walk, type: MapType, old: unknown, next: unknown): void {
  const left = isJsonObject(old) ? old : undefined;
  const right = isJsonObject(next) ? next : undefined;
  for (const key in left) {
    compareAt(walk, fieldElement(key), typeOfField(type, key), fieldOf(type, left, key), fieldOf(type, right, key));
  }
  for (const key in right) {
    if (left && Object.hasOwn(left, key)) continue;
    compareAt(walk, fieldElement(key), typeOfField(type, key), fieldOf(type, left, key), fieldOf(type, right, key));
  }
}

/**
 * A field of a struct that is there. Some are there before anybody sets them (spec, a pod template): setting something
 * in them adds that, not them, which is why managedFields shows `f:spec` without a `.` but `f:ports` with one.
 */
function fieldOf(type: MapType, object: JsonObject | undefined, key: string): unknown {
  const value = object && getField(object, key);
  if (value !== undefined || !object || !type.alwaysPresent.has(key)) return value;
  return type.fields.get(key)?.kind === 'map' ? {} : null;
}

function compareLists(walk: Walk, type: ListType, old: unknown, next: unknown): void {
  const left = indexItems(type, old);
  const right = indexItems(type, next);
  for (const [element, item] of left) compareItem(walk, type, element, item, right.get(element));
  for (const [element, item] of right) if (!left.has(element)) compareItem(walk, type, element, undefined, item);
}

function compareItem(walk: Walk, type: ListType, element: PathElement, old: unknown, next: unknown): void {
  const isRepeated = old instanceof RepeatedItems || next instanceof RepeatedItems;
  const plain = (value: unknown) => (value instanceof RepeatedItems ? value.items : value);
  compareAt(walk, element, isRepeated ? LEAF : type.items, plain(old), plain(next));
}
