/**
 * DELETE of one object or of a collection.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import { invalid, notSupported } from '../../../helper/api/field-error';
import { listKindOf } from '../../../helper/api/kind';
import { badRequest, isNotFound, methodNotAllowed, type Status } from '../../../helper/api/status-error';
import { admit } from '../admission/admission';
import type { ApiRequest } from '../api-request';
import { verbsOf } from '../discovery/resources';
import { isTrue } from '../request-info';
import { CachedObject } from '../watch/cached-object';
import { decodeObject } from './decode-body';
import { type DeletionOptions, decideDeletion } from './deletion';
import { waitUntilFresh } from './get';
import { invalidOption, parseDryRun } from './query-options';
import { readBody } from './read-body';
import { sendObject, sendValue } from './respond';
import { parseSelection, select } from './selection';
import { type ChangeResult, changeStored } from './store-write';

const OPTIONS_TYPE = {
  group: '',
  version: 'v1',
  kind: 'DeleteOptions',
  schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
  // client-go names the group of its own client (`apps/v1`), also in protobuf.
  anyVersion: true,
};
const POLICIES = ['Background', 'Foreground', 'Orphan'] as const;
const PARALLEL_DELETIONS = 16;

export interface ParsedDeletion extends DeletionOptions {
  readonly dryRun: boolean;
}

interface DeleteOptionsBody extends DeletionOptions {
  readonly orphanDependents?: boolean;
  readonly dryRun?: readonly string[];
}

function policyOf(
  text: string | undefined,
  orphanDependents: boolean | undefined,
): DeletionOptions['propagationPolicy'] {
  if (!text) return orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background';
  const field = 'propagationPolicy';
  if (orphanDependents !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    throw invalidOption('DeleteOptions', invalid(field, text, detail));
  }
  const policy = POLICIES.find((known) => known === text);
  if (policy) return policy;
  throw invalidOption('DeleteOptions', notSupported(field, text, [...POLICIES, 'nil']));
}

function optionsFromQuery(query: URLSearchParams): DeleteOptionsBody {
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && !/^-?\d{1,10}$/.test(grace)) {
    throw badRequest(`invalid gracePeriodSeconds ${JSON.stringify(grace)}: expected a whole number of seconds`);
  }
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy ? { propagationPolicy: policy as 'Background' } : {}),
    ...(orphan === null ? {} : { orphanDependents: isTrue(query, 'orphanDependents') }),
    dryRun: query.getAll('dryRun'),
  };
}

/** The options of the body; without a body those of the query. */
async function readDeletionOptions({ req, info, warnings }: ApiRequest): Promise<ParsedDeletion> {
  const bytes = await readBody(req);
  const body: DeleteOptionsBody =
    bytes.length > 0
      ? ((await decodeObject(
          bytes,
          req.headers['content-type'],
          OPTIONS_TYPE,
          'Warn',
          warnings,
        )) as unknown as DeleteOptionsBody)
      : optionsFromQuery(info.query);
  const { orphanDependents, propagationPolicy, dryRun, ...rest } = body;
  const policy = policyOf(propagationPolicy, orphanDependents);
  return {
    ...rest,
    ...(policy ? { propagationPolicy: policy } : {}),
    dryRun: parseDryRun([...(dryRun ?? []), ...info.query.getAll('dryRun')], 'DeleteOptions'),
  };
}

/** Deletes one object as the options say. Throws NotFound, Conflict, Forbidden. */
export async function deleteObject(
  request: ApiRequest,
  namespace: string,
  name: string,
  { dryRun, ...options }: ParsedDeletion,
): Promise<ChangeResult> {
  const { kind, services } = request;
  return services.writers.run(`${kind.plural}/${namespace}/${name}`, () =>
    changeStored(request, namespace, name, { dryRun }, async (current) => {
      const review = { operation: 'delete', object: current.object, dryRun } as const;
      await admit(request, review, 'mutate');
      await admit(request, review, 'validate');
      return decideDeletion(kind, current.object, options, new Date());
    }),
  );
}

function removedStatus({ kind }: ApiRequest, object: CachedObject): Omit<Status, 'code'> {
  const { uid = '' } = object.object.metadata;
  const group = kind.group ? { group: kind.group } : {};
  const details = { name: object.name, ...group, kind: kind.plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

/** The last state of a removed object, as gone as it is: nothing is left of a grace period it had. */
function lastState(removed: CachedObject): CachedObject {
  const { key, namespace, name, revision } = removed;
  const object = removed.copy();
  if (!object.metadata.deletionTimestamp) return removed;
  object.metadata.deletionGracePeriodSeconds = 0;
  return new CachedObject(key, namespace, name, revision, Buffer.from(JSON.stringify(object)));
}

/** Answers 200: with a Status when the object is gone (some kinds: with its last state), with the object when something still holds it. */
export async function handleDelete(request: ApiRequest): Promise<void> {
  const { namespace, name } = request.info;
  const { removed, object } = await deleteObject(request, namespace, name, await readDeletionOptions(request));
  if (!removed) sendObject(request, 200, object);
  else if (request.kind.strategy.returnsDeleted) sendObject(request, 200, lastState(object));
  else sendValue(request, 200, removedStatus(request, object));
}

/** Deletes all selected objects and answers with the list of what they were. */
export async function handleDeleteCollection(request: ApiRequest): Promise<void> {
  const { info, kind, cache } = request;
  if (!verbsOf(kind).includes('deletecollection')) throw methodNotAllowed();
  const options = await readDeletionOptions(request);
  const selection = parseSelection(kind, info);
  await waitUntilFresh(request, undefined);
  const chosen = [...select(cache, info.namespace, selection)];
  for (let start = 0; start < chosen.length; start += PARALLEL_DELETIONS) {
    const batch = chosen.slice(start, start + PARALLEL_DELETIONS);
    await Promise.all(batch.map(({ namespace, name }) => deleteIfThere(request, namespace, name, options)));
  }
  sendValue(request, 200, {
    kind: listKindOf(kind),
    apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version,
    metadata: { resourceVersion: String(cache.revision) },
    items: chosen.map(({ object }) => object),
  });
}

async function deleteIfThere(request: ApiRequest, namespace: string, name: string, options: ParsedDeletion) {
  try {
    await deleteObject(request, namespace, name, options);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
