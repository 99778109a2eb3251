/**
 * Cuts fields out of an object: all but those of a set (`removeFields`), or only those (`extractFields`).
 *
 * Results share unchanged parts with the object they came from; nothing is changed in place.
 */
import { isJsonObject, type JsonObject, setField } from '../../../helper/patch/json-object';
import { FieldSet } from './field-set';
import { type FieldType, type ListType, type MapType, typeOfField, typeOfValue } from './field-type';
import { itemElement } from './list-items';
import { fieldElement, type PathElement } from './path-element';

/** What becomes of one part of a value, given the paths of the set below it; undefined: it goes. */
type Choice = (element: PathElement, type: FieldType, value: unknown) => unknown;

/**
 * The object without the fields of `set`. A field that loses all its content is null: it has nothing left, but it is not itself
 * removed, so its owners keep it and the struct around it stays. Whoever stores the object drops such nulls.
 */
export function removeFields(type: MapType, object: JsonObject, set: FieldSet): JsonObject {
  return (remove(type, object, set) as JsonObject | undefined) ?? {};
}

function remove(type: FieldType, value: unknown, set: FieldSet): unknown {
  return rebuild(type, value, (element, inner, part) => {
    if (set.hasElement(element)) return undefined;
    const below = set.below(element);
    return below ? (remove(inner, part, below) ?? null) : part;
  });
}

/** The object with the fields of `set` only. A member brings along all that is below it. */
export function extractFields(type: MapType, object: JsonObject, set: FieldSet): JsonObject {
  return (extract(type, object, set) as JsonObject | undefined) ?? {};
}

function extract(type: FieldType, value: unknown, set: FieldSet): unknown {
  return rebuild(type, value, (element, inner, part) => {
    const below = set.below(element);
    if (below) return extract(inner, part, below);
    return set.hasElement(element) ? part : undefined;
  });
}

/** Puts a value together again from what is chosen of its parts; undefined when nothing is. A scalar has no parts and stays. */
function rebuild(declared: FieldType, value: unknown, choose: Choice): unknown {
  const type = typeOfValue(declared, value);
  if (type.kind === 'map' && isJsonObject(value)) return rebuildMap(type, value, choose);
  if (type.kind === 'list' && Array.isArray(value)) return rebuildList(type, value, choose);
  return typeof value === 'object' ? undefined : value;
}

function rebuildMap(type: MapType, value: JsonObject, choose: Choice): JsonObject | undefined {
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const part = choose(fieldElement(key), typeOfField(type, key), value[key]);
    if (part !== undefined) setField(result, key, part);
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function rebuildList(type: ListType, list: readonly unknown[], choose: Choice): unknown[] | undefined {
  const result = list
    .map((item) => choose(itemElement(type, item) ?? '', type.items, item))
    .filter((item) => item !== undefined);
  return result.length > 0 ? result : undefined;
}

/**
 * The set with every struct on the way to its members as a member too. Needed where items are removed: a struct of which
 * nothing is left must go with its fields. Keys of maps are not structs' fields and stay as they are.
 */
export function withStructs(type: FieldType, set: FieldSet): FieldSet {
  const result = new FieldSet();
  addWithStructs(result, [], type, set);
  return result;
}

function addWithStructs(result: FieldSet, path: readonly PathElement[], type: FieldType, set: FieldSet): void {
  for (const element of set.elements()) {
    const inner = [...path, element];
    const below = set.below(element);
    const isField = type.kind === 'map' && type.fields.has(element.slice(2));
    if (set.hasElement(element) || (below && isField)) result.insert(inner);
    if (below) addWithStructs(result, inner, typeBelow(type, element), below);
  }
}

function typeBelow(type: FieldType, element: PathElement): FieldType {
  if (type.kind === 'map') return typeOfField(type, element.slice(2));
  return type.kind === 'list' ? type.items : type;
}
