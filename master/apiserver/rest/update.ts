/**
 * PUT of an object or of its status: the whole next state.
 *
 * With a resourceVersion the write happens only on that state (409 otherwise); without one, or with "0", it replaces whatever is
 * there, where the kind allows it. Of some kinds a PUT also creates, as in Kubernetes.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import type { FieldError } from '../../../helper/api/field-error';
import type { KubeObject } from '../../../helper/api/meta';
import { badRequest, conflict, invalidObject, isNotFoundOf } from '../../../helper/api/status-error';
import type { Settle } from '../admission/review';
import type { ApiRequest } from '../api-request';
import type { CachedObject } from '../watch/cached-object';
import { assertMayCreate, createPrepared } from './create';
import { bodyTypeOf, decodeObject } from './decode-body';
import { isReleased } from './deletion';
import { placeInNamespace, placeUnderName } from './object-identity';
import { type PrepareOptions, prepareStatusUpdate, prepareUpdate } from './prepare-object';
import { parseWriteOptions, type WriteOptions } from './query-options';
import { readBody } from './read-body';
import { sendObject } from './respond';
import type { Allocation } from './service-allocator';
import { type ChangeResult, changeStored } from './store-write';

const VERSION_NEEDED: FieldError = {
  field: 'metadata.resourceVersion',
  reason: 'FieldValueInvalid',
  message: 'Invalid value: 0x0: must be specified for an update',
};

/** Which part of an object a request writes. */
export type Part = 'object' | 'status' | 'approval';

/** Reads the body of a PUT. */
export async function readNextState(request: ApiRequest, options: WriteOptions): Promise<KubeObject> {
  const { req, info, kind, warnings } = request;
  const body = await readBody(req);
  const type = req.headers['content-type'];
  const object = await decodeObject(body, type, bodyTypeOf(kind), options.fieldValidation, warnings);
  placeInNamespace(kind, object, info.namespace);
  placeUnderName(object, info.name);
  return object;
}

/** Throws BadRequest unless the text is empty or a revision. */
function assertResourceVersion(text: string | undefined): void {
  if (text && !/^\d+$/.test(text)) {
    throw badRequest(
      `metadata.resourceVersion: Invalid value: ${JSON.stringify(text)}: must be the text of a whole number`,
    );
  }
}

/**
 * Replaces an object by what `next` makes of its current state, checked as an update of that part. The result may be its
 * removal, when the update took the last finalizer from an object that is to be deleted.
 */
export async function writeNextState(
  request: ApiRequest,
  part: Part,
  options: PrepareOptions & { readonly expectedVersion?: string | undefined },
  next: (current: CachedObject) => KubeObject | Promise<KubeObject>,
): Promise<ChangeResult> {
  const { info, services, cache } = request;
  const { namespace, name } = info;
  assertResourceVersion(options.expectedVersion);
  if (part === 'status' && options.expectedVersion && request.kind.kind === 'ResourceQuota') {
    await services.quotas.refuseStaleCount(namespace, name, options.expectedVersion);
  }
  const allocations: Allocation[] = [];
  const bookings: Settle[] = [];
  const write = () =>
    changeStored(request, namespace, name, options, async (current) => {
      const object = await next(current);
      if (part !== 'object') await prepareStatusUpdate(request, object, current.object, options, part);
      else {
        const settle = await prepareUpdate(request, object, current.object, options);
        if (settle) bookings.push(settle);
        allocations.push(services.allocator.allocate(object, current.object));
      }
      return isReleased(object, current.object) ? { remove: true } : { next: object };
    });
  let isStored = false;
  try {
    const result = await services.writers.run(`${cache.kind.plural}/${namespace}/${name}`, write);
    isStored = !options.dryRun;
    return result;
  } finally {
    for (const allocation of allocations) allocation.settle(isStored);
    // Tries before the last came to nothing.
    for (const settle of bookings) await settle(isStored && settle === bookings.at(-1));
  }
}

/** Answers 200 with the object as it is now. */
export async function handleUpdate(request: ApiRequest, part: Part = 'object'): Promise<void> {
  const options = parseWriteOptions(request.info.query, 'UpdateOptions');
  const object = await readNextState(request, options);
  const { kind, info } = request;
  const { resourceVersion } = object.metadata;
  // "0" is no revision an object ever had: it asks for none.
  const expectedVersion = resourceVersion === '0' ? undefined : resourceVersion;
  const isUnconditional = !expectedVersion && kind.strategy.updateNeedsVersion === true;
  try {
    const { object: result } = await writeNextState(request, part, { ...options, expectedVersion }, () => {
      if (isUnconditional) throw invalidObject(kind, info.name, [VERSION_NEEDED]);
      return structuredClone(object);
    });
    sendObject(request, 200, result);
  } catch (error) {
    const isCreated = part === 'object' && kind.strategy.createdByUpdate && isNotFoundOf(error, kind, info.name);
    if (!isCreated) throw error;
    sendObject(request, 201, await createByUpdate(request, object, options));
  }
}

/** Throws Conflict for an object that had an identity: it is not the one that would be created. */
function createByUpdate(request: ApiRequest, object: KubeObject, options: WriteOptions): Promise<CachedObject> {
  assertMayCreate(request);
  const { name, uid } = object.metadata;
  if (uid) {
    const reason = `Precondition failed: UID in precondition: ${uid}, UID in object meta: `;
    throw conflict(request.kind, name, reason);
  }
  return createPrepared(request, object, options);
}
