/**
 * JSON patch (RFC 6902): a list of add, remove, replace, move, copy and test operations, all applied or none.
 *
 * Where the RFC and Kubernetes differ, this does as Kubernetes: `replace` sets a field that is not there, `copy` from a field that
 * is not there makes a null, `test` for null also holds where nothing is (so clients make sure of an absence), and negative
 * indexes count from the end of a list. 400 for what is no patch, 422 for a patch that does not fit the object.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
 */
import { isDeepStrictEqual } from 'node:util';
import { badRequest, tooLarge } from '../api/status-error';
import { doesNotFit } from './does-not-fit';
import { getField, isJsonObject, type JsonObject, setField } from './json-object';

/** Kubernetes' limit, against patches that copy a value onto itself again and again. */
const MAX_OPERATIONS = 10_000;
/** All that `copy` may add, in characters of JSON: it can double the object with every operation. Kubernetes' limit. */
const MAX_COPIED_CHARACTERS = 3 * 1024 * 1024;

/** A document under change, boxed so that an operation can replace all of it. */
interface Draft {
  document: unknown;
  copiedCharacters: number;
}

/** One operation, done to the draft. */
type Apply = (draft: Draft, operation: JsonObject) => void;

/** A place in a document: a field of an object, or an index of a list as it was written. */
interface Place {
  readonly container: JsonObject | unknown[];
  readonly key: string;
}

/**
 * The patched object; the original is left untouched. Throws badRequest when the patch is no list of operations, 422
 * when an operation does not fit (a path that is not there, a `test` that fails).
 */
export function applyJsonPatch(original: JsonObject, patch: unknown): JsonObject {
  const operations = decodeOperations(patch);
  const draft: Draft = { document: structuredClone(original), copiedCharacters: 0 };
  for (const operation of operations) {
    const apply = APPLY[typeof operation.op === 'string' ? operation.op : ''];
    if (!apply) throw doesNotFit();
    apply(draft, operation);
  }
  if (!isJsonObject(draft.document)) throw badRequest('the patch leaves no JSON object');
  return draft.document;
}

function decodeOperations(patch: unknown): JsonObject[] {
  if (!Array.isArray(patch) || !patch.every(isJsonObject)) {
    throw badRequest('error decoding patch: a JSON patch must be a list of operations');
  }
  if (patch.length > MAX_OPERATIONS) {
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  }
  // The values go into the object: they must not be shared with the request.
  return structuredClone(patch);
}

const APPLY: Readonly<Record<string, Apply>> = Object.assign(Object.create(null), {
  add: ({ document }: Draft, operation: JsonObject) => add(placeAt(document, operation.path), givenValue(operation)),
  remove: ({ document }: Draft, operation: JsonObject) => remove(placeAt(document, operation.path)),
  replace,
  move({ document }: Draft, operation: JsonObject) {
    const from = placeAt(document, operation.from);
    const value = read(from);
    remove(from);
    add(placeAt(document, operation.path), value);
  },
  copy,
  test,
});

function replace(draft: Draft, operation: JsonObject): void {
  const value = givenValue(operation);
  if (operation.path === '') {
    if (typeof value !== 'object' || value === null) throw doesNotFit();
    draft.document = value;
    return;
  }
  const { container, key } = placeAt(draft.document, operation.path);
  if (Array.isArray(container)) container[indexIn(key, container.length)] = value;
  else setField(container, key, value);
}

function copy(draft: Draft, operation: JsonObject): void {
  const value = structuredClone(read(placeAt(draft.document, operation.from)));
  const to = placeAt(draft.document, operation.path);
  draft.copiedCharacters += JSON.stringify(value).length;
  if (draft.copiedCharacters > MAX_COPIED_CHARACTERS) {
    throw tooLarge('the copy operations of the patch make the object too large');
  }
  add(to, value);
}

function test({ document }: Draft, operation: JsonObject): void {
  const found = operation.path === '' ? document : read(placeAt(document, operation.path));
  if (!isDeepStrictEqual(found, givenValue(operation))) throw doesNotFit();
}

const givenValue = (operation: JsonObject): unknown => getField(operation, 'value') ?? null;

/** Where a pointer ends; what is on the way must be there. */
function placeAt(document: unknown, pointer: unknown): Place {
  if (typeof pointer !== 'string') throw doesNotFit();
  const [, ...keys] = pointer.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = keys.pop();
  if (key === undefined) throw doesNotFit();
  let container = document;
  for (const step of keys) container = read({ container: containerIn(container), key: step });
  return { container: containerIn(container), key };
}

function containerIn(value: unknown): JsonObject | unknown[] {
  if (Array.isArray(value) || isJsonObject(value)) return value;
  throw doesNotFit();
}

/** A field that is not there reads as null; an item must be there. */
function read({ container, key }: Place): unknown {
  if (Array.isArray(container)) return container[indexIn(key, container.length)];
  return getField(container, key) ?? null;
}

function add({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) setField(container, key, value);
  else if (key === '-') container.push(value);
  else container.splice(indexIn(key, container.length + 1), 0, value);
}

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(indexIn(key, container.length), 1);
  else if (!Object.hasOwn(container, key)) throw doesNotFit();
  else delete container[key];
}

/** The index a key means among so many; negative ones count from the end. */
function indexIn(key: string, length: number): number {
  const given = /^[+-]?\d+$/.test(key) ? Number(key) : Number.NaN;
  const index = given < 0 ? given + length : given;
  if (!(index >= 0 && index < length)) throw doesNotFit();
  return index;
}
