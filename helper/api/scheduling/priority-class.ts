/**
 * PriorityClass: a name for how important pods are: who is scheduled first, and who has to leave when room is short.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
import type { PriorityClass as PublishedPriorityClass } from 'kubernetes-types/scheduling/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden } from '../field-error';
import { oneOf } from '../field-rules';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';

export type PriorityClass = ApiObject<PublishedPriorityClass>;

export const priorityClassResource: Resource<PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  categories: [],
  namespaced: false,
};

const SYSTEM_PREFIX = 'system-';
const HIGHEST_OF_USERS = 1_000_000_000;
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never'];
/** The two classes every cluster has, above all that users may define. */
const SYSTEM_VALUES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

/** Why this is not one of the classes of the system; undefined when it is. */
function notOfSystem({ metadata: { name }, value, globalDefault }: PriorityClass): string | undefined {
  const expected = Object.hasOwn(SYSTEM_VALUES, name) ? SYSTEM_VALUES[name] : undefined;
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validateValue(priorityClass: PriorityClass): FieldError[] {
  const { metadata, value } = priorityClass;
  if (metadata.name?.startsWith(SYSTEM_PREFIX)) {
    const reason = notOfSystem(priorityClass);
    const rule = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only`;
    return reason ? [forbidden('metadata.name', `${rule}. error: ${reason}`)] : [];
  }
  if ((value ?? 0) <= HIGHEST_OF_USERS) return [];
  return [forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_OF_USERS}`)];
}

/** Row of the table: PriorityClass. */
export const priorityClassKind = /* @__PURE__ */ defineKind<PriorityClass>({
  resource: priorityClassResource,
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column('Value', 'integer', 'The priority pods of this class get.', ({ value }) => value ?? 0),
    column('Global-Default', 'boolean', 'Pods that name no class get this one.', (object) =>
      Boolean(object.globalDefault),
    ),
    ageColumn,
    column(
      'PreemptionPolicy',
      'string',
      'Whether other pods have to leave for pods of this class.',
      (object) => object.preemptionPolicy ?? '<unset>',
    ),
  ],
  applyDefaults(priorityClass) {
    priorityClass.value ??= 0;
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate: (priorityClass) => [
    ...validateValue(priorityClass),
    ...oneOf(priorityClass.preemptionPolicy, PREEMPTION_POLICIES, 'preemptionPolicy'),
  ],
  validateUpdate: (priorityClass, old) => [
    ...(priorityClass.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...immutable(priorityClass.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
  ],
});
