/**
 * PATCH with `application/apply-patch+yaml`: server-side apply of a configuration to an object or its status.
 *
 * The object is created when it is not there (201). Otherwise the configuration is laid over the current state, again when
 * somebody else writes in between. What it may take from other managers, and what it drops, is decided in `../apply`.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import type { KubeObject } from '../../../helper/api/meta';
import { badRequest, conflict, isAlreadyExists, isNotFoundOf } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { applyServerSide } from '../apply/apply-patch';
import { isTrue } from '../request-info';
import type { CachedObject } from '../watch/cached-object';
import { assertMayCreate, createPrepared } from './create';
import { bodyTypeOf, checkAndPrune } from './decode-body';
import { writeContext } from './field-owners';
import { assertVersionOfPatch, placeInNamespace, placeUnderName } from './object-identity';
import { parsePatchOptions, type WriteOptions } from './query-options';
import { readBody } from './read-body';
import { type Configuration, parseConfiguration } from './read-configuration';
import { sendObject } from './respond';
import { type Part, writeNextState } from './update';

/** An object that comes and goes while it is applied is given up after as many turns. */
const MAX_TURNS = 5;

/** A configuration and how it is to be applied. */
export interface ApplyRequest {
  readonly configuration: Configuration;
  readonly options: WriteOptions;
}

/** Reads body and options of an apply. Throws BadRequest and Invalid. */
export async function readApply({ req, info }: ApiRequest): Promise<ApplyRequest> {
  const body = await readBody(req);
  const options = parsePatchOptions(info.query, true);
  return { options, configuration: parseConfiguration(body.toString('utf8')) };
}

/** Answers 200 with the object as it is now, 201 when there was none before. */
export async function handleApply(request: ApiRequest, part: Part): Promise<void> {
  const { info, cache } = request;
  const apply = await readApply(request);
  for (let turn = 1; ; turn++) {
    await cache.waitUntilCurrent();
    try {
      // Only the object itself is created by applying it, not a part of one.
      if (part !== 'object' || cache.get(info.namespace, info.name)) {
        sendObject(request, 200, await applyToLive(request, part, apply));
      } else sendObject(request, 201, await applyToNothing(request, apply));
      return;
    } catch (error) {
      if (turn >= MAX_TURNS || part !== 'object' || !hasMoved(request, error)) throw error;
    }
  }
}

/** Somebody else created or deleted the object meanwhile. */
const hasMoved = ({ kind, info }: ApiRequest, error: unknown): boolean =>
  isAlreadyExists(error) || isNotFoundOf(error, kind, info.name);

/** Applies to an object that is there; throws NotFound. `admit` may change what comes out, or refuse it. */
export async function applyToLive(
  request: ApiRequest,
  part: Part,
  apply: ApplyRequest,
  admit?: (next: KubeObject, current: CachedObject) => Promise<void>,
): Promise<CachedObject> {
  const { options } = apply;
  const { object } = await writeNextState(request, part, { ...options, hasOwners: true }, async (current) => {
    const next = mergedObject(request, apply, current.object);
    assertVersionOfPatch(request.kind, next, current.revision);
    await admit?.(next, current);
    return next;
  });
  return object;
}

function applyToNothing(request: ApiRequest, apply: ApplyRequest): Promise<CachedObject> {
  assertMayCreate(request);
  const object = mergedObject(request, apply, undefined);
  const { uid, name } = object.metadata;
  if (uid) {
    const reason = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(request.kind, name, reason);
  }
  return createPrepared(request, object, { dryRun: apply.options.dryRun, hasOwners: true });
}

/** The configuration laid over the live object, as a private copy with its managedFields. Throws Conflict and BadRequest. */
function mergedObject(
  request: ApiRequest,
  { configuration, options }: ApplyRequest,
  live: KubeObject | undefined,
): KubeObject {
  const { kind, info, warnings } = request;
  const { object, managedFields } = applyServerSide({
    ...writeContext(request),
    kind: kind.kind,
    live,
    patch: configuration.value,
    force: isTrue(info.query, 'force'),
  });
  reportRepeatedKeys(configuration, options, warnings);
  // Merged objects share what did not change with the live one.
  const merged = structuredClone(object);
  checkAndPrune(bodyTypeOf(kind), merged);
  const next = merged as unknown as KubeObject;
  placeInNamespace(kind, next, info.namespace);
  placeUnderName(next, info.name);
  next.metadata.managedFields = managedFields as NonNullable<KubeObject['metadata']['managedFields']>;
  return next;
}

function reportRepeatedKeys({ problem }: Configuration, { fieldValidation }: WriteOptions, warnings: string[]): void {
  if (problem === '' || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${problem}`);
  if (!warnings.includes(problem)) warnings.push(problem);
}
