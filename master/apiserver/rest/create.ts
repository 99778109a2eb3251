/**
 * POST to a collection: a new object.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */

import type { KubeObject } from '../../../helper/api/meta';
import { badRequest, isAlreadyExists } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import type { CachedObject } from '../watch/cached-object';
import { bodyTypeOf, decodeObject } from './decode-body';
import { generateName, placeInNamespace } from './object-identity';
import { type PrepareOptions, prepareNew } from './prepare-object';
import { parseWriteOptions } from './query-options';
import { readBody } from './read-body';
import { sendObject } from './respond';
import { createStored } from './store-write';

/** Generated names that happen to exist already, as in Kubernetes. */
const MAX_NAME_TRIES = 8;

/** Answers 201 with the object. Throws AlreadyExists, Invalid, NotFound (namespace), Forbidden. */
export async function handleCreate(request: ApiRequest): Promise<void> {
  const { req, info, kind, warnings } = request;
  const options = parseWriteOptions(info.query, 'CreateOptions');
  const body = await readBody(req);
  const type = req.headers['content-type'];
  const object = await decodeObject(body, type, bodyTypeOf(kind), options.fieldValidation, warnings);
  placeInNamespace(kind, object, info.namespace);
  if (object.metadata.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  sendObject(request, 201, await createNamed(request, object, options.dryRun));
}

/** Stores the object under its name, or under generated ones until one is free. */
async function createNamed(request: ApiRequest, object: KubeObject, dryRun: boolean): Promise<CachedObject> {
  const base = object.metadata.name ? undefined : object.metadata.generateName;
  if (!base) return createPrepared(request, object, { dryRun });
  for (let attempt = 1; ; attempt++) {
    // Preparing changes the object, so every try starts from what the client sent.
    const draft = structuredClone(object);
    draft.metadata.name = generateName(base);
    try {
      return await createPrepared(request, draft, { dryRun });
    } catch (error) {
      if (!isAlreadyExists(error) || attempt >= MAX_NAME_TRIES) throw error;
    }
  }
}

/** Completes, checks and stores a new object that has its name. */
export async function createPrepared(
  request: ApiRequest,
  object: KubeObject,
  options: PrepareOptions,
): Promise<CachedObject> {
  const { dryRun } = options;
  const settle = await prepareNew(request, object, options);
  const allocation = request.services.allocator.allocate(object, undefined);
  let isStored = false;
  try {
    const created = await createStored(request, object, dryRun);
    isStored = !dryRun;
    return created;
  } finally {
    allocation.settle(isStored);
    await settle?.(isStored);
  }
}
