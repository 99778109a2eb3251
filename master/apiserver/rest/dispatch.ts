/**
 * Which handler answers: one table of verbs for objects of every kind, and one a subresource.
 *
 * A subresource is served when the kind's row names it, so a new kind gets `status` and `scale` without a line here.
 */
import { badRequest, methodNotAllowed, unknownPath } from '../../../helper/api/status-error';
import { admitConnection } from '../admission/connect';
import type { ApiRequest, Handler } from '../api-request';
import { handleLog } from '../proxy/logs';
import { handleCreate } from './create';
import { handleDelete, handleDeleteCollection } from './delete';
import { handleGet } from './get';
import { handleList } from './list';
import { handlePatch } from './patch';
import { handleBinding } from './subresources/binding';
import { handlePatchEphemeral, handleUpdateEphemeral } from './subresources/ephemeral-containers';
import { handleEviction } from './subresources/eviction';
import { handleFinalize } from './subresources/finalize';
import { handleGetScale, handlePatchScale, handleUpdateScale } from './subresources/scale';
import { handleTokenRequest } from './subresources/token';
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

/** exec, attach and portforward arrive as upgrades (`proxy/exec.ts`); without one there is nothing to talk over. */
const needsUpgrade: Handler = async () => {
  throw badRequest('Upgrade request required');
};

const SUBRESOURCE_VERBS: Readonly<Record<string, Verbs>> = {
  status: {
    get: handleGet,
    update: (request) => handleUpdate(request, 'status'),
    patch: (request) => handlePatch(request, 'status'),
  },
  ephemeralcontainers: { get: handleGet, update: handleUpdateEphemeral, patch: handlePatchEphemeral },
  approval: {
    get: handleGet,
    update: (request) => handleUpdate(request, 'approval'),
    patch: (request) => handlePatch(request, 'approval'),
  },
  scale: { get: handleGetScale, update: handleUpdateScale, patch: handlePatchScale },
  binding: { create: handleBinding },
  eviction: { create: handleEviction },
  token: { create: handleTokenRequest },
  finalize: { update: handleFinalize },
  log: { get: handleLog },
  exec: { get: needsUpgrade, create: needsUpgrade },
  attach: { get: needsUpgrade, create: needsUpgrade },
  portforward: { get: needsUpgrade, create: needsUpgrade },
};

function servesSubresource({ kind }: ApiRequest, name: string): boolean {
  if (name === 'status') return kind.hasStatus;
  if (name === 'scale') return kind.scale !== undefined;
  return kind.subresources.some((subresource) => subresource.name === name);
}

/** The verbs of what the path names; throws NotFound when the kind has no such subresource. */
function verbsOf(request: ApiRequest): Verbs {
  const { subresource, name } = request.info;
  if (!subresource) return OBJECT_VERBS;
  const verbs = Object.hasOwn(SUBRESOURCE_VERBS, subresource) ? SUBRESOURCE_VERBS[subresource] : undefined;
  if (!verbs || !name || !servesSubresource(request, subresource)) throw unknownPath();
  return verbs;
}

/** Any method passes, to any path, when nobody minds the connection. Loaded when first needed. */
async function passOn(request: ApiRequest): Promise<void> {
  await admitConnection(request);
  const { handleProxy } = await import('../proxy/http-proxy');
  await handleProxy(request);
}

/** Answers a resource request. */
export function dispatch(request: ApiRequest): void | Promise<void> {
  const { verb, name, subresource } = request.info;
  if (subresource === 'proxy' && name && servesSubresource(request, subresource)) return passOn(request);
  const verbs = verbsOf(request);
  const handler = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  const isMisplaced =
    !subresource &&
    (verb === 'create') === (name !== '') &&
    (verb === 'create' || verb === 'update' || verb === 'patch');
  if (!handler || isMisplaced) throw methodNotAllowed();
  return handler(request);
}
