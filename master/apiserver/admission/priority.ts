/**
 * Priority: turns the name of a PriorityClass into the number the scheduler compares.
 *
 * A pod without a class gets the global default, of several the lowest; without one its priority is 0. The number cannot be given
 * by hand. There is one global default at most.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
import type { Pod } from '../../../helper/api/core/pod';
import { type PriorityClass, priorityClassResource } from '../../../helper/api/scheduling/priority-class';
import { forbiddenError } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { type AdmissionPlugin, type AdmissionReview, isOneOf } from './review';

type Importance = Pick<PriorityClass, 'value' | 'preemptionPolicy'>;

const NO_CLASS: Importance = { value: 0, preemptionPolicy: 'PreemptLowerPriority' };
const HINT = 'must not be provided in pod spec; priority admission controller computed';

function globalDefault({ registry }: ApiRequest): PriorityClass | undefined {
  let chosen: PriorityClass | undefined;
  for (const { object } of registry.cacheOf(priorityClassResource).table.list('')) {
    const candidate = object as PriorityClass;
    if (candidate.globalDefault && (!chosen || candidate.value < chosen.value)) chosen = candidate;
  }
  return chosen;
}

function classOf(request: ApiRequest, pod: Pod, name: string): PriorityClass {
  const found = request.registry.cacheOf(priorityClassResource).get('', name)?.object as PriorityClass | undefined;
  if (found) return found;
  throw forbiddenError(request.kind, pod.metadata.name, `no PriorityClass with name ${name} was found`);
}

function admitNewPod(request: ApiRequest, pod: Pod): void {
  const { spec } = pod;
  if (!spec) return;
  let chosen: Importance;
  if (spec.priorityClassName) chosen = classOf(request, pod, spec.priorityClassName);
  else {
    const byDefault = globalDefault(request);
    if (byDefault) spec.priorityClassName = byDefault.metadata.name;
    chosen = byDefault ?? NO_CLASS;
  }
  const { value, preemptionPolicy = 'PreemptLowerPriority' } = chosen;
  const refuse = (reason: string) => forbiddenError(request.kind, pod.metadata.name, reason);
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refuse(`the integer value of priority (${spec.priority}) ${HINT} ${value} from the given PriorityClass name`);
  }
  if (spec.preemptionPolicy && spec.preemptionPolicy !== preemptionPolicy) {
    const given = `the string value of PreemptionPolicy (${spec.preemptionPolicy})`;
    throw refuse(`${given} ${HINT} ${preemptionPolicy} from the given PriorityClass name`);
  }
  spec.priority = value;
  spec.preemptionPolicy = preemptionPolicy;
}

/** An update that leaves out what was computed keeps it. */
function keepComputed({ spec }: Pod, old: Pod): void {
  if (!spec) return;
  if (spec.priority === undefined && old.spec?.priority !== undefined) spec.priority = old.spec.priority;
  if (spec.preemptionPolicy === undefined && old.spec?.preemptionPolicy) {
    spec.preemptionPolicy = old.spec.preemptionPolicy;
  }
}

function checkClass(request: ApiRequest, { operation, object }: AdmissionReview): void {
  const { name } = object.metadata;
  if (!(object as PriorityClass).globalDefault) return;
  const present = globalDefault(request)?.metadata.name;
  if (present === undefined || (operation === 'update' && present === name)) return;
  throw forbiddenError(request.kind, name, `PriorityClass ${present} is already marked as globalDefault`);
}

export const priority: AdmissionPlugin = {
  name: 'Priority',
  handles: (kind, operation) => operation !== 'delete' && isOneOf(kind, ['Pod', 'PriorityClass.scheduling.k8s.io']),
  mutate(request, { operation, object, old }) {
    if (request.kind.kind !== 'Pod') return;
    if (operation === 'create') admitNewPod(request, object as Pod);
    else keepComputed(object as Pod, old as Pod);
  },
  validate(request, review) {
    if (request.kind.kind === 'PriorityClass') checkClass(request, review);
  },
};
