/**
 * PATCH: JSON patch, merge patch or strategic merge patch of an object or its status; an apply goes on in `apply.ts`.
 *
 * The patch is applied to the current state; when somebody else writes in between, it is applied again to the new one, unless the
 * patch itself names a resourceVersion.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */

import type { KubeObject } from '../../../helper/api/meta';
import { decodingError, goText, restoreError } from '../../../helper/api/schema/decoding-error';
import { findDuplicateKeys } from '../../../helper/api/schema/duplicate-keys';
import { badRequest, invalidObject, unsupportedMediaType } from '../../../helper/api/status-error';
import { applyJsonPatch } from '../../../helper/patch/apply-json-patch';
import { applyMergePatch } from '../../../helper/patch/apply-merge-patch';
import { applyStrategicMergePatch } from '../../../helper/patch/apply-strategic-merge-patch';
import type { JsonObject } from '../../../helper/patch/json-object';
import type { ApiRequest } from '../api-request';
import { type BodyType, bodyTypeOf, checkAndPrune, mediaType, parseJson, strictProblems } from './decode-body';
import { assertVersionOfPatch, placeInNamespace, placeUnderName } from './object-identity';
import { parsePatchOptions, type WriteOptions } from './query-options';
import { readBody } from './read-body';
import { sendObject } from './respond';
import { type Part, writeNextState } from './update';

type ApplyPatch = (original: JsonObject, patch: unknown, schemaName: string) => JsonObject;

const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const PATCHES: Readonly<Record<string, ApplyPatch>> = {
  'application/json-patch+json': applyJsonPatch,
  'application/merge-patch+json': applyMergePatch,
  [STRATEGIC_PATCH]: applyStrategicMergePatch,
};
const APPLY_PATCH = 'application/apply-patch+yaml';

/** A patch that is ready to be applied to any state. */
export interface Patch {
  readonly apply: (original: JsonObject, schemaName: string) => JsonObject;
  /** what error messages show of it */
  readonly shown: string;
  readonly isStrategic: boolean;
  readonly duplicates: readonly string[];
}

function patchFunction({ req, kind, info }: ApiRequest): ApplyPatch {
  const type = mediaType(req.headers['content-type']);
  // Lists of custom resources have no merge keys a strategic merge could go by.
  const isStrategicRefused = kind.structure !== undefined && info.subresource !== 'scale';
  const types = Object.keys(PATCHES).filter((name) => !(isStrategicRefused && name === STRATEGIC_PATCH));
  const apply = types.includes(type) ? PATCHES[type] : undefined;
  if (apply) return apply;
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${[...types, APPLY_PATCH].join(', ')}`,
  );
}

/** True when the body of a PATCH is a configuration to apply. */
export const isApply = ({ req }: ApiRequest): boolean => mediaType(req.headers['content-type']) === APPLY_PATCH;

/** Reads the patch of a request. Throws UnsupportedMediaType and BadRequest. */
export async function readPatch(request: ApiRequest): Promise<Patch> {
  const apply = patchFunction(request);
  const text = (await readBody(request.req)).toString('utf8');
  const value = parseJson(text, 'patch');
  if (typeof value !== 'object' || value === null)
    throw badRequest('a patch must be a JSON object or a list of operations');
  const duplicates = findDuplicateKeys(text);
  const isStrategic = apply === applyStrategicMergePatch;
  const shown = isStrategic ? goText(value) : text;
  return { apply: (original, schemaName) => apply(original, value, schemaName), shown, isStrategic, duplicates };
}

/** Checks the outcome of a patch as a body would be. Warnings are added to the request's. */
export function checkPatched(
  { warnings }: ApiRequest,
  type: BodyType,
  { shown, isStrategic, duplicates }: Patch,
  patched: JsonObject,
  { fieldValidation }: WriteOptions,
): void {
  const refused = (why: string) => {
    const message = `Invalid value: ${JSON.stringify(shown)}: ${why}`;
    return invalidObject({ group: '', kind: '' }, '', [{ field: 'patch', reason: 'FieldValueInvalid', message }]);
  };
  const explain = isStrategic ? restoreError : decodingError;
  const unknown = checkAndPrune(type, patched, (wrong) => refused(explain(type.schema, wrong)));
  const problems = strictProblems(unknown, duplicates);
  if (fieldValidation === 'Strict' && problems.length > 0) {
    throw refused(`strict decoding error: ${problems.join(', ')}`);
  }
  if (fieldValidation === 'Warn') for (const text of problems) if (!warnings.includes(text)) warnings.push(text);
}

/** Answers 200 with the object as it is now. */
export async function handlePatch(request: ApiRequest, part: Part = 'object'): Promise<void> {
  if (isApply(request)) {
    const { handleApply } = await import('./apply');
    return handleApply(request, part);
  }
  const { info, kind } = request;
  const options = parsePatchOptions(info.query, false);
  const patch = await readPatch(request);
  const type = bodyTypeOf(kind);
  const { object } = await writeNextState(request, part, options, (current) => {
    const patched = patch.apply(current.copy() as unknown as JsonObject, kind.schema);
    assertSameKind(patched, current.object);
    checkPatched(request, type, patch, patched, options);
    const next = patched as unknown as KubeObject;
    placeInNamespace(kind, next, info.namespace);
    placeUnderName(next, info.name);
    assertVersionOfPatch(kind, next, current.revision);
    return next;
  });
  sendObject(request, 200, object);
}

function assertSameKind(patched: JsonObject, { apiVersion, kind }: KubeObject): void {
  if (patched.apiVersion === apiVersion && patched.kind === kind) return;
  throw badRequest(`a patch cannot change apiVersion or kind: expected ${apiVersion}, Kind=${kind}`);
}
