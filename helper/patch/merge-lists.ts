/**
 * How a strategic merge patch changes a list: by merge key, as a set of scalars, or as a whole.
 *
 * Which of the three the schema says (`patch` and `key` of the field); the kinds themselves are not known here.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/#notes-on-the-strategic-merge-patch
 */
import type { ListField } from '../api/schema/schema';
import { badRequest } from '../api/status-error';
import { holdsData, patchDirective, plainValue } from './directives';
import { type Identity, orderElements } from './element-order';
import { getField, isJsonObject, type JsonObject } from './json-object';

/** Merges one item that both sides have. */
export type MergeItem = (original: JsonObject, patch: JsonObject) => JsonObject;

/** What tells the items of this list apart. */
function identityOf(field: ListField | undefined): Identity {
  const key = field?.key;
  return key ? (item) => (isJsonObject(item) ? getField(item, key) : undefined) : (item) => item;
}

/** True when the patch adds to the list; false when it replaces it. */
function isMerged(field: ListField | undefined): field is ListField {
  return field?.patch?.split(',').includes('merge') ?? false;
}

/** The list after the patch, in its final order. */
export function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  field: ListField | undefined,
  mergeItem: MergeItem,
): unknown[] {
  if (!isMerged(field)) return plainValue(patch) as unknown[];
  if (!field.key) return orderElements([...new Set([...original, ...patch])], patch, original, identityOf(field));
  if (patch.some((item) => patchDirective(item) === 'replace')) return plainValue(patch) as unknown[];
  const merged = mergeByKey(original, patch, field.key, mergeItem);
  return orderElements(merged, patch, original, identityOf(field));
}

function mergeByKey(
  original: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  mergeItem: MergeItem,
): unknown[] {
  let result = [...original];
  const hasKey = (value: unknown) => (item: unknown) => isJsonObject(item) && getField(item, key) === value;
  for (const change of patch) {
    if (!isJsonObject(change)) throw badRequest(`the items of a list merged by ${JSON.stringify(key)} must be objects`);
    const value = getField(change, key);
    if (value === undefined || value === null) {
      throw badRequest(`map: ${JSON.stringify(change)} does not contain declared merge key: ${key}`);
    }
    if (!holdsData(change)) {
      result = result.filter((item) => !hasKey(value)(item));
      continue;
    }
    const place = result.findIndex(hasKey(value));
    if (place < 0) result.push(plainValue(change));
    else result[place] = mergeItem(result[place] as JsonObject, change);
  }
  return result;
}

/** Applies `$deleteFromPrimitiveList`. */
export function deleteFromList(original: unknown, deletions: unknown): unknown {
  if (!Array.isArray(deletions)) throw badRequest('invalid patch format of primitive list');
  if (!Array.isArray(original)) return original;
  const gone = new Set(deletions);
  return original.filter((item) => !gone.has(item));
}

/** Applies `$setElementOrder`; `patch` is the patch of the same list, if there is one, and must keep to that order. */
export function reorderList(
  merged: readonly unknown[],
  order: unknown,
  patch: unknown,
  serverOrder: readonly unknown[],
  field: ListField | undefined,
): unknown[] {
  if (!Array.isArray(order)) throw badRequest('invalid patch format of setElementOrder list');
  const identity = identityOf(field);
  if (Array.isArray(patch)) checkSameOrder(patch.filter(holdsData), order, identity);
  return orderElements(merged, order, serverOrder, identity);
}

function checkSameOrder(patch: readonly unknown[], order: readonly unknown[], identity: Identity): void {
  let next = 0;
  for (const item of patch) {
    while (next < order.length && identity(order[next]) !== identity(item)) next++;
    if (next++ >= order.length) {
      throw badRequest(
        `The order in patch list:\n${JSON.stringify(patch)}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}\n`,
      );
    }
  }
}
