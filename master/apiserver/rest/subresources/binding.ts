/**
 * The binding subresource: the scheduler's decision which node a pod runs on. Once made, it stands.
 *
 * Two schedulers cannot both win: the second is told 409.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
 */
import type { Binding as PublishedBinding } from 'kubernetes-types/core/v1';
import { type Pod, podResource } from '../../../../helper/api/core/pod';
import { required } from '../../../../helper/api/field-error';
import type { ApiObject } from '../../../../helper/api/meta';
import { badRequest, invalidObject, type Status, StatusError } from '../../../../helper/api/status-error';
import { admitBody } from '../../admission/subresource';
import type { ApiRequest } from '../../api-request';
import { decodeObject } from '../decode-body';
import { apiTime, placeInNamespace } from '../object-identity';
import { parseWriteOptions } from '../query-options';
import { readBody } from '../read-body';
import { sendValue } from '../respond';
import { changeStored } from '../store-write';

type Binding = ApiObject<PublishedBinding>;

const BINDING_TYPE = { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' };
export const CREATED: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

function refuse(name: string, reason: string): never {
  const message = `Operation cannot be fulfilled on pods/binding ${JSON.stringify(name)}: ${reason}`;
  throw new StatusError('Conflict', message, { name, kind: 'pods/binding' });
}

/** The pod on its node. Throws Conflict when it has one, is going away, or may not be scheduled yet. */
function bindPod(pod: Pod, { target, metadata }: Binding, now: Date): Pod {
  const { name } = pod.metadata;
  const { nodeName, schedulingGates = [] } = pod.spec ?? { containers: [] };
  if (pod.metadata.deletionTimestamp) refuse(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (nodeName) refuse(name, `pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`);
  if (schedulingGates.length > 0) refuse(name, `pod ${name} has non-empty .spec.schedulingGates`);
  if (metadata.uid && metadata.uid !== pod.metadata.uid) {
    refuse(name, `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid}`);
  }
  const bound = { type: 'PodScheduled', status: 'True', lastTransitionTime: apiTime(now) };
  const conditions = (pod.status?.conditions ?? []).filter(({ type }) => type !== bound.type);
  const annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { containers: [], ...pod.spec, nodeName: target.name ?? '' },
    status: { ...pod.status, conditions: [...conditions, bound] },
  };
}

/** POST pods/<name>/binding, and bindings with the name in the body. Answers 201 with a Status. */
export async function handleBinding(request: ApiRequest): Promise<void> {
  const { req, info, warnings, services } = request;
  const options = parseWriteOptions(info.query, 'CreateOptions');
  const body = await readBody(req);
  const type = req.headers['content-type'];
  const binding = await decodeObject<Binding>(body, type, BINDING_TYPE, options.fieldValidation, warnings);
  placeInNamespace(request.kind, binding, info.namespace);
  const name = info.name || binding.metadata.name || '';
  if (binding.metadata.name && binding.metadata.name !== name) {
    throw badRequest('name in URL does not match name in Binding object');
  }
  if (binding.target?.kind && binding.target.kind !== 'Node') {
    throw badRequest(`invalid target kind ${JSON.stringify(binding.target.kind)}: expected "Node"`);
  }
  if (!binding.target?.name) throw invalidObject(BINDING_TYPE, name, [required('target.name')]);
  const review = { operation: 'create', object: binding, dryRun: options.dryRun } as const;
  await admitBody({ ...request, info: { ...info, name, subresource: 'binding' } }, review, BINDING_TYPE);
  const bind = () =>
    changeStored(request, info.namespace, name, options, (current) => ({
      next: bindPod(current.object as Pod, binding, new Date()),
    }));
  const { object } = await services.writers.run(`${podResource.plural}/${info.namespace}/${name}`, bind);
  request.trace.object = object;
  sendValue(request, 201, CREATED);
}
