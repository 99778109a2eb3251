/**
 * Which handler answers: a table of verbs for kinds and one for subresources.
 */
import { methodNotAllowed, unknownPath } from '../../../helper/api/status-error';
import type { ApiRequest, Handler } from '../api-request';
import { handleCreate } from './create';
import { handleDelete, handleDeleteCollection } from './delete';
import { handleGet } from './get';
import { handleList } from './list';
import { handlePatch } from './patch';
import { handleUpdate } from './update';
import { handleWatch } from './watch';

type Verbs = Readonly<Record<string, Handler>>;

const OBJECT_VERBS: Verbs = {
  get: handleGet,
  list: handleList,
  watch: handleWatch,
  create: handleCreate,
  update: (request) => handleUpdate(request),
  patch: (request) => handlePatch(request),
  delete: handleDelete,
  deletecollection: handleDeleteCollection,
};

const STATUS_VERBS: Verbs = {
  get: handleGet,
  update: (request) => handleUpdate(request, 'status'),
  patch: (request) => handlePatch(request, 'status'),
};

/** The verbs of what the path names; throws NotFound when the kind has no such subresource. */
function verbsOf({ kind, info }: ApiRequest): Verbs {
  if (!info.subresource) return OBJECT_VERBS;
  if (info.subresource === 'status' && kind.hasStatus) return STATUS_VERBS;
  throw unknownPath();
}

/** Answers a resource request. */
export function dispatch(request: ApiRequest): Promise<void> {
  const { info } = request;
  const verbs = verbsOf(request);
  const handler = Object.hasOwn(verbs, info.verb) ? verbs[info.verb] : undefined;
  if (!handler || (info.verb === 'create' && info.name && !info.subresource)) throw methodNotAllowed();
  return handler(request);
}
