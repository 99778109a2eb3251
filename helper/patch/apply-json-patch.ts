/**
 * JSON patch (RFC 6902): a list of add, remove, replace, move, copy and test operations, all applied or none.
 *
 * The operations are fast-json-patch's, loaded when the first such patch arrives; this file gives its errors the
 * answers Kubernetes gives: 400 for what is no patch, 422 for a patch that does not fit the object. A `test` for null also
 * holds where nothing is, as in Kubernetes: so clients make sure of an absence.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
 */
import type { Operation } from 'fast-json-patch';
import { badRequest, StatusError, tooLarge } from '../api/status-error';
import { doesNotFit } from './does-not-fit';
import { isJsonObject, type JsonObject } from './json-object';

/** Kubernetes' limit, against patches that copy a value onto itself again and again. */
const MAX_OPERATIONS = 10_000;
/** All that `copy` may add, in characters of JSON: it can double the object with every operation. Kubernetes' limit. */
const MAX_COPIED_CHARACTERS = 3 * 1024 * 1024;

/**
 * The patched object; the original is left untouched. Throws badRequest when the patch is no list of operations, 422
 * when an operation does not fit (a path that is not there, a `test` that fails).
 */
export function applyJsonPatch(original: JsonObject, patch: unknown): JsonObject {
  const operations = decodeOperations(patch);
  let result: JsonObject = structuredClone(original);
  const { applyOperation, getValueByPointer } = require('fast-json-patch') as typeof import('fast-json-patch');
  let copied = 0;
  operations.forEach((operation, index) => {
    try {
      if (operation.op === 'copy') copied += JSON.stringify(getValueByPointer(result, operation.from) ?? null).length;
      if (copied > MAX_COPIED_CHARACTERS) throw tooLarge('the copy operations of the patch make the object too large');
      const isTestOfAbsence = operation.op === 'test' && operation.value === null;
      if (isTestOfAbsence && getValueByPointer(result, operation.path) === undefined) return;
      result = applyOperation(result, operation, true, true, true, index).newDocument;
    } catch (error) {
      throw error instanceof StatusError ? error : doesNotFit();
    }
  });
  if (!isJsonObject(result)) throw badRequest('the patch leaves no JSON object');
  return result;
}

function decodeOperations(patch: unknown): Operation[] {
  if (!Array.isArray(patch) || !patch.every(isJsonObject)) {
    throw badRequest('error decoding patch: a JSON patch must be a list of operations');
  }
  if (patch.length > MAX_OPERATIONS) {
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  }
  // The values go into the object: they must not be shared with the request.
  return structuredClone(patch) as unknown as Operation[];
}
