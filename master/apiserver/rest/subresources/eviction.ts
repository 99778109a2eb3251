/**
 * The eviction subresource: a deletion that asks first. `kubectl drain` uses it.
 *
 * Kubernetes also answers 429 when a PodDisruptionBudget says no; left out because that kind is not served yet.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
import type { Eviction as PublishedEviction } from 'kubernetes-types/policy/v1';
import type { ApiObject } from '../../../../helper/api/meta';
import { admitBody } from '../../admission/subresource';
import type { ApiRequest } from '../../api-request';
import { refuseNodeWrite } from '../../auth/node/admit-node-write';
import { decodeObject } from '../decode-body';
import { deleteObject } from '../delete';
import type { DeletionOptions } from '../deletion';
import { placeInNamespace, placeUnderName } from '../object-identity';
import { parseDryRun, parseWriteOptions } from '../query-options';
import { readBody } from '../read-body';
import { sendValue } from '../respond';
import { CREATED } from './binding';

const EVICTION_TYPE = { group: 'policy', version: 'v1', kind: 'Eviction', schema: 'io.k8s.api.policy.v1.Eviction' };

/** Answers 201 with a Status when the pod's deletion has begun. */
export async function handleEviction(request: ApiRequest): Promise<void> {
  const { req, info, kind, warnings } = request;
  const options = parseWriteOptions(info.query, 'CreateOptions');
  const body = await readBody(req);
  const type = req.headers['content-type'];
  const eviction = await decodeObject<ApiObject<PublishedEviction>>(
    body,
    type,
    EVICTION_TYPE,
    options.fieldValidation,
    warnings,
  );
  placeInNamespace(kind, eviction, info.namespace);
  placeUnderName(eviction, info.name);
  refuseNodeWrite(request, { operation: 'create', object: eviction });
  const { dryRun = [], ...deletion } = eviction.deleteOptions ?? {};
  const isDry = options.dryRun || parseDryRun(dryRun, 'DeleteOptions');
  await admitBody(request, { operation: 'create', object: eviction, dryRun: isDry }, EVICTION_TYPE);
  const { object } = await deleteObject(request, info.namespace, info.name, {
    ...(deletion as DeletionOptions),
    dryRun: isDry,
  });
  request.trace.object = object;
  sendValue(request, 201, CREATED);
}
