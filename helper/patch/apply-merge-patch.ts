/**
 * JSON merge patch (RFC 7386): objects merge, null deletes, everything else replaces, lists included. Beyond the RFC, and as
 * Kubernetes, fields that are null in the objects of a new list are left out.
 *
 * What `kubectl label`, `annotate` and `patch --type=merge` send. The original is left untouched, because it may be the
 * object of the watch cache; unchanged parts are shared with it.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
import { badRequest } from '../api/status-error';
import { getField, isJsonObject, type JsonObject, setField } from './json-object';

/** The patched object; throws badRequest when the patch is not a JSON object. */
export function applyMergePatch(original: JsonObject, patch: unknown): JsonObject {
  if (!isJsonObject(patch)) throw badRequest('error decoding patch: a merge patch must be a JSON object');
  return mergeObjects(original, patch);
}

function mergeObjects(original: JsonObject, patch: JsonObject): JsonObject {
  const result = { ...original };
  for (const key of Object.keys(patch)) {
    const change = patch[key];
    if (change === null) delete result[key];
    else setField(result, key, mergeValue(getField(original, key), change));
  }
  return result;
}

function mergeValue(original: unknown, change: unknown): unknown {
  if (Array.isArray(change)) return change.map(withoutNulls);
  if (!isJsonObject(change)) return change;
  return mergeObjects(isJsonObject(original) ? original : {}, change);
}

/** An item of a list without the fields that are null. */
function withoutNulls(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(withoutNulls);
  return isJsonObject(item) ? mergeObjects({}, item) : item;
}
