/**
 * Rules of everything that tells the scheduler where a pod may run: tolerations, affinity, spreading.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
} from 'kubernetes-types/core/v1';
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { validateLabelSelector } from '../label-selector';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedNameRule } from '../names';
import { validateSpreadLabelKeys, validateTermLabelKeys } from './label-keys-validation';

const EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];
const UNSATISFIABLE = ['DoNotSchedule', 'ScheduleAnyway'];
const INCLUSION_POLICIES = ['Honor', 'Ignore'];

function validateOperator(toleration: Toleration, path: string): FieldError[] {
  const { operator, value = '' } = toleration;
  if (!operator || operator === 'Equal') {
    return labelValue(value).map((reason) => invalid(`${path}.operator`, value, reason));
  }
  if (operator !== 'Exists') return [notSupported(`${path}.operator`, operator, ['Equal', 'Exists'])];
  return value ? [invalid(`${path}.operator`, toleration, "value must be empty when `operator` is 'Exists'")] : [];
}

function validateToleration(toleration: Toleration, path: string): FieldError[] {
  const { key = '', operator = '', effect = '', tolerationSeconds } = toleration;
  const errors = key ? qualifiedNameRule(key).map((reason) => invalid(`${path}.key`, key, reason)) : [];
  if (!key && operator !== 'Exists') {
    const message = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(`${path}.operator`, operator, message));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const message = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalid(`${path}.effect`, effect, message));
  }
  errors.push(...validateOperator(toleration, path));
  if (effect && !EFFECTS.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, EFFECTS));
  return errors;
}

/** All that is wrong with the tolerations of a pod. */
export function validateTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  return tolerations.flatMap((toleration, index) => validateToleration(toleration, `${path}[${index}]`));
}

function validateNodeRequirement(requirement: NodeSelectorRequirement, path: string): FieldError[] {
  const { key = '', operator, values = [] } = requirement;
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (!values.length) errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length) {
      errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) {
      errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    }
  } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  return [...errors, ...qualifiedNameRule(key).map((reason) => invalid(`${path}.key`, key, reason))];
}

function validateTerm(term: NodeSelectorTerm, path: string): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((requirement, index) =>
      validateNodeRequirement(requirement, `${path}.matchExpressions[${index}]`),
    ),
    ...(term.matchFields ?? []).flatMap((requirement, index) =>
      requirement.key === 'metadata.name'
        ? []
        : [invalid(`${path}.matchFields[${index}].key`, requirement.key, 'not a valid field selector key')],
    ),
  ];
}

const validateWeight = (weight: number, field: string): FieldError[] =>
  weight >= 1 && weight <= 100 ? [] : [invalid(field, weight, 'must be in the range 1-100')];

/** The terms of a node selector: any of them has to fit, so there must be one. */
export function validateNodeSelectorTerms(terms: readonly NodeSelectorTerm[] | undefined, path: string): FieldError[] {
  if (!terms?.length) return [required(path, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => validateTerm(term, `${path}[${index}]`));
}

function validateNodeAffinity(affinity: NonNullable<Affinity['nodeAffinity']>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const must = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  if (must) {
    const field = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    errors.push(...validateNodeSelectorTerms(must.nodeSelectorTerms, field));
  }
  (affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach((wish, index) => {
    const field = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    errors.push(...validateWeight(wish.weight, `${field}.weight`));
    errors.push(...validateTerm(wish.preference ?? {}, `${field}.preference`));
  });
  return errors;
}

function validatePodTerm(term: PodAffinityTerm, path: string): FieldError[] {
  const field = `${path}.topologyKey`;
  const key = term.topologyKey
    ? qualifiedNameRule(term.topologyKey).map((reason) => invalid(field, term.topologyKey, reason))
    : [required(field, 'can not be empty')];
  return [
    ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
    ...(term.namespaces ?? []).flatMap((name) =>
      dnsLabel(name).map((reason) => invalid(`${path}.namespace`, name, reason)),
    ),
    ...validateTermLabelKeys(term, path),
    ...key,
  ];
}

function validatePodAffinity(affinity: NonNullable<Affinity['podAffinity']>, path: string): FieldError[] {
  const must = affinity.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const wishes = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return [
    ...must.flatMap((term, index) =>
      validatePodTerm(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
    ),
    ...wishes.flatMap((wish, index) => {
      const field = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [
        ...validateWeight(wish.weight, `${field}.weight`),
        ...validatePodTerm(wish.podAffinityTerm ?? { topologyKey: '' }, `${field}.podAffinityTerm`),
      ];
    }),
  ];
}

function validateAffinity({ nodeAffinity, podAffinity, podAntiAffinity }: Affinity, path: string): FieldError[] {
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, `${path}.nodeAffinity`) : []),
    ...(podAffinity ? validatePodAffinity(podAffinity, `${path}.podAffinity`) : []),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, `${path}.podAntiAffinity`) : []),
  ];
}

function validateSpread(constraint: TopologySpreadConstraint, path: string): FieldError[] {
  const { maxSkew = 0, topologyKey, whenUnsatisfiable, minDomains } = constraint;
  const errors: FieldError[] = [];
  if (maxSkew <= 0) errors.push(invalid(`${path}.maxSkew`, maxSkew, 'must be greater than zero'));
  if (!topologyKey) errors.push(required(`${path}.topologyKey`, 'can not be empty'));
  if (!UNSATISFIABLE.includes(whenUnsatisfiable)) {
    errors.push(notSupported(`${path}.whenUnsatisfiable`, whenUnsatisfiable ?? '', UNSATISFIABLE));
  }
  if (minDomains !== undefined) {
    if (minDomains <= 0) errors.push(invalid(`${path}.minDomains`, minDomains, 'must be greater than zero'));
    if (whenUnsatisfiable !== 'DoNotSchedule') {
      const message = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      errors.push(invalid(`${path}.minDomains`, minDomains, message));
    }
  }
  for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
    const policy = constraint[field];
    if (policy !== undefined && !INCLUSION_POLICIES.includes(policy)) {
      errors.push(notSupported(`${path}.${field}`, policy, INCLUSION_POLICIES));
    }
  }
  return [
    ...errors,
    ...validateSpreadLabelKeys(constraint, path),
    ...validateLabelSelector(constraint.labelSelector, `${path}.labelSelector`),
  ];
}

function validateSpreads(constraints: readonly TopologySpreadConstraint[], path: string): FieldError[] {
  const seen = new Set<string>();
  return constraints.flatMap((constraint, index) => {
    const field = `${path}[${index}]`;
    const identity = `{${constraint.topologyKey}, ${constraint.whenUnsatisfiable}}`;
    const repeated = seen.has(identity) ? [duplicate(`${field}.{topologyKey, whenUnsatisfiable}`, identity)] : [];
    seen.add(identity);
    return [...validateSpread(constraint, field), ...repeated];
  });
}

/** All that is wrong with what a pod tells the scheduler, gates and node selector included. */
export function validateScheduling(spec: PodSpec, path: string): FieldError[] {
  const gates = new Set<string>();
  return [
    ...(spec.affinity ? validateAffinity(spec.affinity, `${path}.affinity`) : []),
    ...(spec.schedulingGates ?? []).flatMap(({ name }, index) => {
      const field = `${path}.schedulingGates[${index}]`;
      const errors = qualifiedNameRule(name ?? '').map((reason) => invalid(field, name, reason));
      if (gates.has(name)) errors.push(duplicate(field, name));
      gates.add(name);
      return errors;
    }),
    ...validateSpreads(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`),
    ...(spec.nodeName
      ? dnsSubdomain(spec.nodeName).map((reason) => invalid(`${path}.nodeName`, spec.nodeName, reason))
      : []),
    ...validateTolerations(spec.tolerations ?? [], `${path}.tolerations`),
  ];
}
