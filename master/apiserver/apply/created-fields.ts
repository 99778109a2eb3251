/**
 * FieldsV1 of whoever creates an object: every field of it.
 *
 * Owned paths follow from the shape of an object (its keys, and the keys of list items), not from the values in it; and most
 * objects look like one that was created before: the pods of one ReplicaSet differ in nothing but values. So the outcome is
 * kept by shape, and finding it again is a walk over the object and one look into a map.
 */
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { compareObjects, ignoring } from './compare-objects';
import type { FieldSet } from './field-set';
import { type FieldType, type ListType, type MapType, typeOfField, typeOfValue } from './field-type';

/** Shapes kept for one type; the oldest goes. */
const MAX_SHAPES = 64;
/** An object of a longer one (a ConfigMap with thousands of keys) is rarely seen twice. */
const LONGEST_SHAPE = 16 * 1024;

const known = new WeakMap<MapType, WeakMap<FieldSet, Map<string, JsonObject>>>();

function shapesOf(type: MapType, ignored: FieldSet): Map<string, JsonObject> {
  const ofType = known.get(type) ?? new WeakMap<FieldSet, Map<string, JsonObject>>();
  const shapes = ofType.get(ignored) ?? new Map<string, JsonObject>();
  known.set(type, ofType.set(ignored, shapes));
  return shapes;
}

/** All fields of a new object but the ignored ones; shared, so never to be changed. */
export function createdFields(type: MapType, object: JsonObject, ignored: FieldSet): JsonObject {
  const shapes = shapesOf(type, ignored);
  const shape = shapeOf(type, object);
  const found = shapes.get(shape);
  if (found) return found;
  const { added, modified } = ignoring(compareObjects(type, {}, object), ignored);
  const fields = added.union(modified).toFieldsV1();
  if (shape.length <= LONGEST_SHAPE) {
    const [oldest] = shapes.size >= MAX_SHAPES ? shapes.keys() : [];
    if (oldest !== undefined) shapes.delete(oldest);
    shapes.set(shape, fields);
  }
  return fields;
}

/** A text that is the same for two values exactly when they have the same paths. Texts from outside go in with their length. */
function shapeOf(declared: FieldType, value: unknown): string {
  if (value === undefined) return 'u';
  if (value === null) return 'n';
  const type = typeOfValue(declared, value);
  if (type.kind === 'map' && isJsonObject(value)) return shapeOfMap(type, value);
  if (type.kind === 'list' && Array.isArray(value)) return shapeOfList(type, value);
  return '.';
}

function shapeOfMap(type: MapType, map: JsonObject): string {
  let shape = '{';
  for (const key in map) shape += `${key.length}:${key}${shapeOf(typeOfField(type, key), map[key])}`;
  return `${shape}}`;
}

function shapeOfList(type: ListType, list: readonly unknown[]): string {
  let shape = '[';
  for (const item of list) shape += keysOf(type, item) + shapeOf(type.items, item);
  return `${shape}]`;
}

/** What tells the item apart. */
function keysOf(type: ListType, item: unknown): string {
  if (type.keys.length === 0) return withLength(item);
  let keys = '';
  if (isJsonObject(item)) for (const key of type.keys) keys += withLength(item[key]);
  return keys;
}

function withLength(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === undefined ? 'u' : `${typeof value === 'string' ? 's' : 'j'}${text.length}:${text}`;
}
