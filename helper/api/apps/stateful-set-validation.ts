/**
 * Rules of StatefulSets. Pods may mount the claims of `volumeClaimTemplates` as if they were volumes of the pod, so the
 * template is checked with them.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations
 */
import type { StatefulSetSpec } from 'kubernetes-types/apps/v1';
import type { PersistentVolumeClaim, PodTemplateSpec } from 'kubernetes-types/core/v1';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { validateNotNegative } from '../field-rules';
import {
  validateAnyTemplate,
  validateLastingPods,
  validateSelectorFits,
  validateWorkloadSelector,
} from '../pod-template';
import { sameValue } from '../validate-metadata';
import { validateCollisions, validateNotMoreThanReplicas } from './replica-counts';
import type { StatefulSet } from './stateful-set';

const RETENTION_POLICIES = ['Retain', 'Delete'];
const COUNTS = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
/** What an update may change. */
const MUTABLE: readonly string[] = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];
const IMMUTABLE_MESSAGE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function validateStrategy({ updateStrategy }: StatefulSetSpec): FieldError[] {
  const field = 'spec.updateStrategy';
  const { type, rollingUpdate } = updateStrategy ?? {};
  if (!type) return [required(field)];
  if (type === 'RollingUpdate')
    return validateNotNegative(rollingUpdate?.partition, `${field}.rollingUpdate.partition`);
  if (type !== 'OnDelete') return [invalid(field, updateStrategy, "must be 'RollingUpdate' or 'OnDelete'")];
  const message = "only allowed for updateStrategy 'RollingUpdate'";
  return rollingUpdate ? [invalid(`${field}.rollingUpdate`, rollingUpdate, message)] : [];
}

function validatePolicies(spec: StatefulSetSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { podManagementPolicy: policy, persistentVolumeClaimRetentionPolicy: retention } = spec;
  if (!policy) errors.push(required('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  errors.push(...validateStrategy(spec));
  for (const when of ['whenDeleted', 'whenScaled'] as const) {
    const value = retention?.[when] ?? '';
    const field = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
    if (!RETENTION_POLICIES.includes(value)) errors.push(notSupported(field, value, RETENTION_POLICIES));
  }
  return errors;
}

/** The template as its pods will be: with a volume for every claim template. */
function withClaims(template: PodTemplateSpec, claims: readonly PersistentVolumeClaim[]): PodTemplateSpec {
  if (!template?.spec) return template;
  const names = claims.map(({ metadata }) => metadata?.name ?? '');
  const own = (template.spec.volumes ?? []).filter(({ name }) => !names.includes(name));
  const claimed = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...claimed] } };
}

/** All that is wrong with a StatefulSet. */
export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  if (!spec) return [required('spec.selector'), required('spec.template')];
  const selectorErrors = validateWorkloadSelector(spec.selector, 'spec.selector', 'statefulset');
  return [
    ...validatePolicies(spec),
    ...validateNotNegative(spec.replicas, 'spec.replicas'),
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNotNegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...selectorErrors,
    ...(selectorErrors.length ? [] : validateSelectorFits(spec.selector, spec.template, 'spec.template')),
    ...validateAnyTemplate(withClaims(spec.template, spec.volumeClaimTemplates ?? []), 'spec.template'),
    ...validateLastingPods(spec.template, 'spec.template', 'StatefulSet'),
  ];
}

/** What an update of a StatefulSet may not change. */
export function validateStatefulSetUpdate({ spec }: StatefulSet, old: StatefulSet): FieldError[] {
  const fixed = (value: StatefulSetSpec | undefined) =>
    Object.fromEntries(Object.entries(value ?? {}).filter(([key]) => !MUTABLE.includes(key)));
  return sameValue(fixed(spec), fixed(old.spec)) ? [] : [forbidden('spec', IMMUTABLE_MESSAGE)];
}

/** All that is wrong with the next status. */
export function validateStatefulSetStatus({ status }: StatefulSet, old: StatefulSet): FieldError[] {
  const { replicas, observedGeneration, collisionCount, availableReplicas = 0, readyReplicas = 0 } = status ?? {};
  const errors = [
    ...validateNotNegative(replicas, 'status.replicas'),
    ...COUNTS.flatMap((key) => validateNotNegative(status?.[key], `status.${key}`)),
    ...validateNotNegative(observedGeneration, 'status.observedGeneration'),
    ...validateNotMoreThanReplicas(status ?? {}, COUNTS),
  ];
  if (availableReplicas > readyReplicas) {
    const message = 'cannot be greater than status.readyReplicas';
    errors.push(invalid('status.availableReplicas', availableReplicas, message));
  }
  return [...errors, ...validateCollisions(collisionCount, old.status?.collisionCount)];
}
