/**
 * Lays an applied configuration over the live object: what the configuration says wins, all else stays.
 *
 * Lists with keys and sets are merged item by item. The items of the configuration come in its order; items only the live
 * object has keep their places between them.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { getField, isJsonObject, type JsonObject, setField } from '../../../helper/patch/json-object';
import { type FieldType, type ListType, type MapType, typeOfField, typeOfValue } from './field-type';
import { itemElement } from './list-items';
import type { PathElement } from './path-element';

/** The merged object; a new one that shares unchanged parts with both. A null in the configuration stays a null. */
export function mergeConfiguration(type: MapType, live: JsonObject, configuration: JsonObject): JsonObject {
  return mergeValue(type, live, configuration) as JsonObject;
}

function mergeValue(declared: FieldType, live: unknown, configured: unknown): unknown {
  if (configured === undefined) return live;
  if (live === undefined || live === null) return configured;
  const type = typeOfValue(declared, live);
  const isSameForm = configured === null || typeOfValue(declared, configured) === type;
  if (isSameForm && type.kind === 'map' && isJsonObject(live)) return mergeMaps(type, live, configured);
  if (isSameForm && type.kind === 'list' && Array.isArray(live)) return mergeLists(type, live, configured);
  return configured;
}

function mergeMaps(type: MapType, live: JsonObject, configured: unknown): unknown {
  if (!isJsonObject(configured)) return Object.keys(live).length > 0 ? live : configured;
  const result: JsonObject = {};
  for (const key of Object.keys(live)) {
    setField(result, key, mergeValue(typeOfField(type, key), live[key], getField(configured, key)));
  }
  for (const key of Object.keys(configured)) {
    if (!Object.hasOwn(live, key)) setField(result, key, configured[key]);
  }
  return result;
}

interface Item {
  readonly element: PathElement;
  readonly value: unknown;
}

function itemsOf(type: ListType, list: readonly unknown[]): Item[] {
  return list.map((value, index) => ({ element: itemElement(type, value) ?? `i:${index}`, value }));
}

/**
 * Walks both lists side by side. A live item that is configured too appears where the configuration has it: in the live
 * list it is passed over, unless it is the next one that both have.
 */
function mergeLists(type: ListType, live: readonly unknown[], configured: unknown): unknown {
  if (!Array.isArray(configured)) return live.length > 0 ? live : configured;
  const [left, right] = [itemsOf(type, live), itemsOf(type, configured)];
  const liveItems = new Map([...left].reverse().map((item) => [item.element, item.value]));
  const configuredElements = new Set(right.map((item) => item.element));
  const shared = right.map((item) => item.element).filter((element) => liveItems.has(element));
  const result: unknown[] = [];
  for (let l = 0, r = 0, s = 0; l < left.length || r < right.length; ) {
    const [mine, theirs] = [left[l], right[r]];
    if (mine && !configuredElements.has(mine.element)) {
      result.push(mine.value);
      l++;
    } else if (mine && mine.element !== shared[s]) l++;
    else if (theirs) {
      result.push(mergeValue(type.items, liveItems.get(theirs.element), theirs.value));
      if (mine?.element === theirs.element) l++;
      if (theirs.element === shared[s]) s++;
      r++;
    }
  }
  return result;
}
