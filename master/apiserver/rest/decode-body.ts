/**
 * From the bytes of a body to an object of its kind: JSON, YAML or Kubernetes' protobuf; types checked, unknown fields dealt with.
 *
 * Wrong types are a 400 in the words of Go's decoder. Unknown and duplicate fields are warned about, refused or ignored as
 * `fieldValidation=` says, and never stored.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
import type { Kind, Structure } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf } from '../../../helper/api/resource';
import { checkStructure } from '../../../helper/api/schema/check-structure';
import { decodingError, type WrongValue } from '../../../helper/api/schema/decoding-error';
import { findDuplicateKeys, type KeyPlaces } from '../../../helper/api/schema/duplicate-keys';
import {
  exactInteger,
  hasLongNumber,
  InexactNumber,
  requireExactNumbers,
} from '../../../helper/api/schema/exact-numbers';
import { pruneUnknown } from '../../../helper/api/schema/prune-unknown';
import { badRequest, invalidObject, type StatusError, unsupportedMediaType } from '../../../helper/api/status-error';
import type { FieldValidation } from './query-options';

const JSON_TYPES = new Set(['', 'application/json']);
const YAML_TYPES = new Set(['application/yaml', 'application/x-yaml']);
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** What an object is decoded as: a kind of the table or the body of a subresource. */
export interface BodyType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: string;
  /** Clients may name any group and version: the type is the same in all. */
  readonly anyVersion?: boolean;
  /** the type, where it is not that generated schema */
  readonly structure?: Structure | undefined;
}

/** `Application/JSON; charset=utf-8` -> `application/json` */
export function mediaType(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** A JSON object with the paths that stand in it twice. */
interface Parsed {
  readonly value: Record<string, unknown>;
  readonly duplicates: readonly string[];
  /** the body, when it was JSON */
  readonly jsonText?: string;
}

function asObject(value: unknown, expected: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badRequest(`the object provided is unrecognized (must be of type ${expected}): expected an object`);
}

/** Parses JSON text; throws BadRequest, also for numbers that would not stay what they are. */
export function parseJson(text: string, expected: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    requireExactNumbers(text);
    return value;
  } catch (error) {
    if (error instanceof InexactNumber) throw badRequest(error.message);
    const reason = error instanceof Error ? error.message : String(error);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected}): couldn't get version/kind; json parse error: ${reason}`,
    );
  }
}

function parseYaml(text: string, expected: string): Parsed {
  const { parseDocument } = require('yaml') as typeof import('yaml');
  const document = parseDocument(text, { merge: true, intAsBigInt: hasLongNumber(text) });
  const problem = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (problem)
    throw badRequest(`the object provided is unrecognized (must be of type ${expected}): ${problem.message}`);
  // The last of them counts, as in JSON; the parser says where it stands, not in which field.
  const duplicates = document.errors.map(({ pos }) => /^[^\s:]*/.exec(text.slice(pos[0]))?.[0] ?? '');
  try {
    // Through JSON, so that dates and other things only YAML knows become what JSON has.
    const plain = JSON.stringify(document.toJS({ maxAliasCount: 100 }), exactInteger);
    return { value: asObject(JSON.parse(plain), expected), duplicates };
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type ${expected}): ${String(error)}`);
  }
}

async function parseBody(body: Buffer, contentType: string | undefined, expected: string): Promise<Parsed> {
  const type = mediaType(contentType);
  if (JSON_TYPES.has(type)) {
    const text = body.toString('utf8');
    const value = asObject(parseJson(text, expected), expected);
    return { value, duplicates: findDuplicateKeys(text), jsonText: text };
  }
  if (YAML_TYPES.has(type)) return parseYaml(body.toString('utf8'), expected);
  if (type === PROTOBUF_TYPE) {
    const { decodeKubeProtobuf } = await import('../protobuf/decode-kube-protobuf');
    return { value: asObject(decodeKubeProtobuf(body), expected), duplicates: [] };
  }
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${PROTOBUF_TYPE}`,
  );
}

function checkTypeMeta(value: Record<string, unknown>, type: BodyType): void {
  const apiVersion = apiVersionOf(type);
  const { apiVersion: given = apiVersion, kind = type.kind } = value;
  if (typeof given === 'string' && given !== '' && given !== apiVersion && !type.anyVersion) {
    throw badRequest(`the API version in the data (${given}) does not match the expected API version (${apiVersion})`);
  }
  if (typeof kind === 'string' && kind !== '' && kind !== type.kind) {
    throw badRequest(`${kind} in version ${JSON.stringify(type.version)} cannot be handled as a ${type.kind}`);
  }
  value.apiVersion = apiVersion;
  value.kind = type.kind;
}

const nameOf = (value: Record<string, unknown>): string => {
  const name = (value.metadata as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : '';
};

/**
 * Texts about fields that are unknown or given twice, in Kubernetes' words; in the order of the JSON text, when there is one. What stands
 * in an unknown field is not looked at.
 */
export function strictProblems(unknown: readonly string[], duplicates: readonly string[], jsonText?: string): string[] {
  const isUnknown = (path: string) =>
    unknown.some((other) => path === other || (path.startsWith(other) && /^[.[]/.test(path.slice(other.length))));
  const problems = [
    ...unknown.map((path) => ({ word: 'unknown', path })),
    ...duplicates.filter((path) => !isUnknown(path)).map((path) => ({ word: 'duplicate', path })),
  ];
  if (jsonText !== undefined && problems.length > 1) {
    const places: KeyPlaces = { first: new Map(), again: new Map() };
    findDuplicateKeys(jsonText, places);
    const placeOf = ({ word, path }: { word: string; path: string }) =>
      (word === 'unknown' ? places.first : places.again).get(path) ?? jsonText.length;
    problems.sort((left, right) => placeOf(left) - placeOf(right));
  }
  return problems.map(({ word, path }) => `${word} field ${JSON.stringify(path)}`);
}

/**
 * Checks types, and drops what the type does not have. Returns the unknown fields. Throws what `refuse` makes of a value of a wrong
 * type; without it, and for custom resources, Invalid.
 */
export function checkAndPrune(
  type: BodyType,
  value: Record<string, unknown>,
  refuse?: (wrong: WrongValue) => StatusError,
): string[] {
  const report = type.structure ? type.structure.check(value) : checkStructure(type.schema, value);
  const { errors, unknown, first } = report;
  if (errors.length > 0)
    throw refuse && first && !type.structure ? refuse(first) : invalidObject(type, nameOf(value), errors);
  if (!type.structure) pruneUnknown(type.schema, value);
  value.metadata ??= {};
  return unknown;
}

const notHandled = ({ kind, version }: BodyType, why: string) =>
  badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);

/** The object of a body. Warnings are added to `warnings`. Throws BadRequest, Invalid or UnsupportedMediaType. */
export async function decodeObject<T extends KubeObject = KubeObject>(
  body: Buffer,
  contentType: string | undefined,
  type: BodyType,
  fieldValidation: FieldValidation,
  warnings: string[],
): Promise<T> {
  const { value, duplicates, jsonText } = await parseBody(body, contentType, type.kind);
  checkTypeMeta(value, type);
  const unknown = checkAndPrune(type, value, (wrong) => notHandled(type, decodingError(type.schema, wrong)));
  const problems = strictProblems(unknown, duplicates, jsonText);
  if (fieldValidation === 'Strict' && problems.length > 0) {
    throw notHandled(type, `strict decoding error: ${problems.join(', ')}`);
  }
  if (fieldValidation === 'Warn') warnings.push(...problems);
  return value as unknown as T;
}

/** The type bodies of a kind's own requests have. */
export const bodyTypeOf = ({ group, version, kind, schema, structure }: Kind): BodyType => ({
  group,
  version,
  kind,
  schema,
  structure,
});
