/**
 * The scale subresource: how many replicas, in the same words for every kind that has them.
 *
 * `kubectl scale` and autoscalers use it and need to know no kind; where the numbers stand is in the kind's row.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment
 */
import type { Scale as PublishedScale } from 'kubernetes-types/autoscaling/v1';
import type { Kind, ScalePaths } from '../../../../helper/api/kind';
import type { ApiObject, KubeObject } from '../../../../helper/api/meta';
import { apiVersionOf } from '../../../../helper/api/resource';
import { badRequest, unknownPath } from '../../../../helper/api/status-error';
import { isJsonObject, type JsonObject, shownField } from '../../../../helper/patch/json-object';
import { admitBody } from '../../admission/subresource';
import type { ApiRequest } from '../../api-request';
import type { CachedObject } from '../../watch/cached-object';
import { decodeObject } from '../decode-body';
import { foundObject, waitUntilFresh } from '../get';
import { placeInNamespace, placeUnderName } from '../object-identity';
import { checkPatched, isApply, readPatch } from '../patch';
import { parsePatchOptions, parseWriteOptions } from '../query-options';
import { readBody } from '../read-body';
import { sendValue } from '../respond';
import { writeNextState } from '../update';

type Scale = ApiObject<PublishedScale>;

const SCALE_TYPE = { group: 'autoscaling', version: 'v1', kind: 'Scale', schema: 'io.k8s.api.autoscaling.v1.Scale' };

function pathsOf(kind: Kind): ScalePaths {
  if (!kind.scale) throw unknownPath();
  return kind.scale;
}

function numberAt(object: KubeObject, path: string): number {
  let value: unknown = object;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return typeof value === 'number' ? value : 0;
}

function setAt(object: KubeObject | JsonObject, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place = object as Record<string, unknown>;
  for (const key of keys) {
    place[key] ??= {};
    place = place[key] as Record<string, unknown>;
  }
  place[last] = value;
}

/** What the subresource shows of an object. */
function scaleOf(kind: Kind, object: KubeObject): Scale {
  const { specReplicas, statusReplicas, selector } = pathsOf(kind);
  const { name, namespace = '', uid = '', resourceVersion = '', creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, ...(creationTimestamp ? { creationTimestamp } : {}) },
    spec: { replicas: numberAt(object, specReplicas) },
    status: { replicas: numberAt(object, statusReplicas), selector: selector(object) },
  };
}

export async function handleGetScale(request: ApiRequest): Promise<void> {
  await waitUntilFresh(request, undefined);
  sendValue(request, 200, scaleOf(request.kind, foundObject(request).object));
}

/** Webhooks and policies see a Scale, and may change it. */
function admitScale(request: ApiRequest, scale: Scale, current: CachedObject, dryRun: boolean): Promise<void> {
  const old = scaleOf(request.kind, current.object);
  return admitBody(request, { operation: 'update', object: scale, old, dryRun }, SCALE_TYPE);
}

/** Writes the replicas that `wanted` makes of the current scale. */
async function writeScale(
  request: ApiRequest,
  options: { readonly dryRun: boolean; readonly expectedVersion?: string | undefined },
  wanted: (current: CachedObject) => Scale,
): Promise<void> {
  const { kind } = request;
  const { specReplicas } = pathsOf(kind);
  const { object } = await writeNextState(request, 'object', options, async (current) => {
    const scale = structuredClone(wanted(current));
    await admitScale(request, scale, current, options.dryRun);
    const next = current.copy();
    setAt(next, specReplicas, scale.spec?.replicas ?? 0);
    return next;
  });
  request.trace.object = object;
  sendValue(request, 200, scaleOf(kind, object.object));
}

export async function handleUpdateScale(request: ApiRequest): Promise<void> {
  const { req, info, kind, warnings } = request;
  const options = parseWriteOptions(info.query, 'UpdateOptions');
  const body = await readBody(req);
  const type = req.headers['content-type'];
  const scale = await decodeObject<Scale>(body, type, SCALE_TYPE, options.fieldValidation, warnings);
  placeInNamespace(kind, scale, info.namespace);
  placeUnderName(scale, info.name);
  await writeScale(request, { ...options, expectedVersion: scale.metadata.resourceVersion }, () => scale);
}

export async function handlePatchScale(request: ApiRequest): Promise<void> {
  if (isApply(request)) return applyScale(request);
  const { kind } = request;
  const options = parsePatchOptions(request.info.query, false);
  const patch = await readPatch(request);
  await writeScale(request, options, (current) => {
    const patched = patch.apply(scaleOf(kind, current.object) as unknown as JsonObject, SCALE_TYPE.schema);
    checkPatched(request, SCALE_TYPE, patch, patched, options);
    return patched as unknown as Scale;
  });
}

/** Applying a Scale is applying its replicas to the object it belongs to. */
async function applyScale(request: ApiRequest): Promise<void> {
  const { applyToLive, readApply } = await import('../apply');
  const { kind } = request;
  const { configuration, options } = await readApply(request);
  const { apiVersion, kind: given, metadata, spec } = configuration.value;
  if (apiVersion !== 'autoscaling/v1' || given !== 'Scale') {
    throw badRequest(`invalid object type: ${shownField(apiVersion)}, Kind=${shownField(given)}`);
  }
  const replicas = isJsonObject(spec) ? spec.replicas : undefined;
  const value: JsonObject = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
  if (replicas !== undefined) setAt(value, pathsOf(kind).specReplicas, replicas);
  const apply = { options, configuration: { ...configuration, value } };
  const object = await applyToLive(request, 'object', apply, async (next, current) => {
    const scale = scaleOf(kind, next);
    await admitScale(request, scale, current, options.dryRun);
    setAt(next, pathsOf(kind).specReplicas, scale.spec?.replicas ?? 0);
  });
  request.trace.object = object;
  sendValue(request, 200, scaleOf(kind, object.object));
}
