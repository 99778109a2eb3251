/**
 * The words a strategic merge patch speaks beside plain fields: `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/x`,
 * `$setElementOrder/x`; and how a part of a patch becomes plain data where there is nothing to merge it into.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
import { badRequest } from '../api/status-error';
import { doesNotFit } from './does-not-fit';
import { getField, isJsonObject, type JsonObject, setField } from './json-object';

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';
export const ELEMENT_ORDER = '$setElementOrder/';

export type PatchDirective = 'merge' | 'replace' | 'delete';

/** What `$patch` says; `merge` when it is absent. */
export function patchDirective(patch: unknown): PatchDirective {
  const directive = isJsonObject(patch) ? getField(patch, PATCH) : undefined;
  if (directive === undefined || directive === 'merge') return 'merge';
  if (directive === 'replace' || directive === 'delete') return directive;
  throw badRequest(`unknown patch type: ${JSON.stringify(directive)} in map: ${JSON.stringify(patch)}`);
}

/** True for the fields of a patch that are instructions, not data. */
export function isDirective(key: string): boolean {
  return key === PATCH || key === RETAIN_KEYS || key.startsWith(DELETE_FROM_LIST) || key.startsWith(ELEMENT_ORDER);
}

/**
 * A part of a patch as data: instructions, nulls and list items marked for deletion left out. undefined when the part
 * itself says it is to be deleted.
 */
export function plainValue(patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.filter(holdsData).map(plainValue);
  if (!isJsonObject(patch)) return patch;
  if (patchDirective(patch) === 'delete') return undefined;
  const result: JsonObject = {};
  for (const key of Object.keys(patch)) {
    if (isDirective(key) || patch[key] === null) continue;
    const value = plainValue(patch[key]);
    if (value !== undefined) setField(result, key, value);
  }
  return result;
}

/** A list item that is more than an instruction: `{ $patch: replace }` and `{ $patch: delete, … }` are not. */
export function holdsData(item: unknown): boolean {
  return patchDirective(item) === 'merge';
}

/** Applies `$retainKeys`: drops every field of `target` the patch does not list. */
export function applyRetainKeys(target: JsonObject, patch: JsonObject): void {
  const keys = getField(patch, RETAIN_KEYS);
  if (keys === undefined) return;
  if (!Array.isArray(keys)) throw badRequest('invalid patch format of retainKeys');
  const retained = new Set(keys);
  const stray = Object.keys(patch).some((key) => !isDirective(key) && patch[key] !== null && !retained.has(key));
  if (stray) throw doesNotFit();
  for (const key of Object.keys(target)) {
    if (!retained.has(key)) delete target[key];
  }
}
