/**
 * The fields an applied configuration lays claim to: every leaf in it, every list item, every map key.
 *
 * A struct is not claimed by naming it, only through its fields; an empty one is.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { isJsonObject } from '../../../helper/patch/json-object';
import { FieldSet } from './field-set';
import { type FieldType, typeOfField, typeOfValue } from './field-type';
import { indexItems, RepeatedItems } from './list-items';
import { fieldElement, type PathElement } from './path-element';

/** All fields of a value. */
export function toFieldSet(type: FieldType, value: unknown): FieldSet {
  const set = new FieldSet();
  collect(set, [], type, value);
  return set;
}

function collect(set: FieldSet, path: PathElement[], declared: FieldType, value: unknown): void {
  const type = typeOfValue(declared, value);
  if (type.kind === 'serverOwned') return;
  if (type.kind === 'map' && isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const inner = value[key];
      const innerType = typeOfField(type, key);
      const innerPath = [...path, fieldElement(key)];
      collect(set, innerPath, innerType, inner);
      const isEmpty = inner === null || (isJsonObject(inner) && Object.keys(inner).length === 0);
      if (innerType.kind !== 'serverOwned' && (isEmpty || !type.fields.has(key))) set.insert(innerPath);
    }
  } else if (type.kind === 'list' && Array.isArray(value)) {
    for (const [element, item] of indexItems(type, value)) {
      const itemPath = [...path, element];
      if (!(item instanceof RepeatedItems)) collect(set, itemPath, type.items, item);
      set.insert(itemPath);
    }
  } else set.insert(path);
}
