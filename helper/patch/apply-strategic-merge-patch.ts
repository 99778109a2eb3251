/**
 * Strategic merge patch: a merge patch that knows which lists are keyed, so that a patch can name one container.
 *
 * What `kubectl apply`, `set`, `edit`, `taint` and `patch` send by default. Objects merge field by field here; lists in
 * `merge-lists.ts`; the directives are in `directives.ts`. The original is left untouched.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/#use-a-strategic-merge-patch-to-update-a-deployment
 */
import { findSchema } from '../api/schema/load';
import type { FieldSchema, ListField } from '../api/schema/schema';
import { badRequest, unsupportedMediaType } from '../api/status-error';
import {
  applyRetainKeys,
  DELETE_FROM_LIST,
  ELEMENT_ORDER,
  isDirective,
  patchDirective,
  plainValue,
} from './directives';
import { getField, isJsonObject, type JsonObject, setField } from './json-object';
import { deleteFromList, mergeList, reorderList } from './merge-lists';

/** Fields of a type; undefined where the schema ends (unknown fields, free-form objects, maps of scalars). */
type Fields = Record<string, FieldSchema> | undefined;

/**
 * The patched object. Throws badRequest when the patch is no object or a directive is malformed, and
 * unsupportedMediaType when no schema of that name exists: custom resources take no strategic merge patch.
 */
export function applyStrategicMergePatch(original: JsonObject, patch: unknown, schemaName: string): JsonObject {
  if (!isJsonObject(patch)) throw badRequest('invalid JSON document');
  const schema = findSchema(schemaName);
  if (!schema) {
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json',
    );
  }
  return mergeObjects(original, patch, schema.fields);
}

function mergeObjects(original: JsonObject, patch: JsonObject, fields: Fields): JsonObject {
  const directive = patchDirective(patch);
  if (directive === 'delete') return {};
  if (directive === 'replace') return withoutDirectives(patch);
  const result = { ...original };
  applyRetainKeys(result, patch);
  const retained = { ...result };
  for (const key of Object.keys(patch)) {
    if (!isDirective(key)) mergeField(result, key, patch[key], fields?.[key]);
  }
  applyListDirectives(result, patch, retained, fields);
  return result;
}

/** The object a `$patch: replace` asks for. */
function withoutDirectives(patch: JsonObject): JsonObject {
  const { $patch: _directive, ...data } = patch;
  return plainValue(data) as JsonObject;
}

function mergeField(target: JsonObject, key: string, change: unknown, field: FieldSchema | undefined): void {
  if (change === null) {
    delete target[key];
    return;
  }
  const merged = mergeValue(getField(target, key), change, field);
  if (merged === undefined) delete target[key];
  else setField(target, key, merged);
}

/** undefined when nothing is left of the value. */
function mergeValue(original: unknown, change: unknown, field: FieldSchema | undefined): unknown {
  if (isJsonObject(original) && isJsonObject(change)) {
    if (field?.type === 'ref' && field.patch === 'replace') return plainValue(change);
    return mergeObjects(original, change, fieldsBelow(field));
  }
  if (Array.isArray(original) && Array.isArray(change)) {
    const list = asList(field);
    return mergeList(original, change, list, (item, itemChange) =>
      mergeObjects(item, itemChange, fieldsBelow(list?.items)),
    );
  }
  return plainValue(change);
}

/** Field table for the object a field holds: of its type, or the same value type under every key of a map. */
function fieldsBelow(field: FieldSchema | undefined): Fields {
  return field?.type === 'ref' ? findSchema(field.ref)?.fields : undefined;
}

function asList(field: FieldSchema | undefined): ListField | undefined {
  return field?.type === 'list' ? field : undefined;
}

/** `$deleteFromPrimitiveList` first, then `$setElementOrder`, on lists that are already merged. `server` is before the merge. */
function applyListDirectives(target: JsonObject, patch: JsonObject, server: JsonObject, fields: Fields): void {
  for (const key of Object.keys(patch).filter((name) => name.startsWith(DELETE_FROM_LIST))) {
    const name = key.slice(DELETE_FROM_LIST.length);
    const rest = deleteFromList(getField(target, name), patch[key]);
    if (rest !== undefined) setField(target, name, rest);
  }
  for (const key of Object.keys(patch).filter((name) => name.startsWith(ELEMENT_ORDER))) {
    const name = key.slice(ELEMENT_ORDER.length);
    const merged = getField(target, name);
    const before = getField(server, name);
    if (!Array.isArray(merged)) continue;
    const ordered = reorderList(
      merged,
      patch[key],
      getField(patch, name),
      Array.isArray(before) ? before : [],
      asList(fields?.[name]),
    );
    setField(target, name, ordered);
  }
}
