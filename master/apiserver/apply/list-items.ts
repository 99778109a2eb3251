/**
 * Tells the items of a list apart: by their keys, or by their value in a set.
 *
 * Kubernetes lets some lists hold the same key twice (an environment variable, set again further down). Such items cannot
 * have owners of their own; they are kept together and treated as one value.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { getField, isJsonObject } from '../../../helper/patch/json-object';
import type { ListType } from './field-type';
import { keyElement, type PathElement, valueElement } from './path-element';

/** All items with the same keys, when there is more than one. */
export class RepeatedItems {
  constructor(readonly items: readonly unknown[]) {}
}

/** What is wrong with the item, in Kubernetes' words; undefined when it can be told apart. */
export function itemProblem(type: ListType, item: unknown): string | undefined {
  if (type.keys.length === 0) {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    if (Array.isArray(item)) return "associative list without keys has an element that's a list type";
    return isJsonObject(item) ? "associative list without keys has an element that's a map type" : undefined;
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isJsonObject(item)) return 'associative list with keys may not have non-map elements';
  const missing = type.keys.find((key) => keyValue(type, item, key) === undefined);
  if (missing === undefined) return undefined;
  return `associative list with keys has an element that omits key field ${JSON.stringify(missing)} (and doesn't have default value)`;
}

function keyValue(type: ListType, item: Record<string, unknown>, key: string): unknown {
  return getField(item, key) ?? getField(type.keyDefaults, key);
}

/** The step that leads to an item; undefined when it cannot be told apart. */
export function itemElement(type: ListType, item: unknown): PathElement | undefined {
  if (type.keys.length === 0) return typeof item === 'object' ? undefined : valueElement(item);
  if (!isJsonObject(item)) return undefined;
  const values = type.keys.map((key) => keyValue(type, item, key));
  return values.includes(undefined) ? undefined : keyElement(type.keys, values);
}

/** The items by the step that leads to them, in order; items that cannot be told apart are left out. */
export function indexItems(type: ListType, list: unknown): Map<PathElement, unknown> {
  const index = new Map<PathElement, unknown>();
  if (!Array.isArray(list)) return index;
  for (const item of list) {
    const element = itemElement(type, item);
    if (element === undefined) continue;
    const earlier = index.get(element);
    if (earlier === undefined) index.set(element, item);
    else
      index.set(
        element,
        new RepeatedItems(earlier instanceof RepeatedItems ? [...earlier.items, item] : [earlier, item]),
      );
  }
  return index;
}
