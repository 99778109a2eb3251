/**
 * What must be written so that the default roles and bindings are all there: pure, existing and wanted objects in, writes out.
 *
 * Missing objects are made; rules, subjects, labels and annotations that are missing are added; nothing an administrator added is
 * taken away, and an object whose autoupdate annotation is "false" is left alone. A binding that points to another role is made
 * anew, because a roleRef cannot be changed.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation
 */
import type { AggregationRule, PolicyRule, Subject } from 'kubernetes-types/rbac/v1';
import { AUTOUPDATE_ANNOTATION } from '../../../../helper/api/rbac/policy-rules';
import { sameValue } from '../../../../helper/api/validate-metadata';
import { uncoveredRules } from './covers';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './role-source';

export type RbacObject = Role | ClusterRole | RoleBinding | ClusterRoleBinding;

export interface RbacWrite {
  /** `recreate`: delete the existing one, then create this */
  readonly verb: 'create' | 'update' | 'recreate';
  readonly object: RbacObject;
}

/** Any of the four kinds, read without knowing which. */
type AnyFields = RbacObject & {
  rules?: PolicyRule[];
  aggregationRule?: AggregationRule;
  roleRef?: RoleBinding['roleRef'];
  subjects?: Subject[];
};

const keyOf = ({ kind, metadata }: RbacObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** The writes, in the order of `wanted`; empty when everything is as it should be. */
export function reconcileDefaultRoles(existing: readonly RbacObject[], wanted: readonly RbacObject[]): RbacWrite[] {
  const found = new Map(existing.map((object) => [keyOf(object), object]));
  return wanted.flatMap((object): RbacWrite[] => {
    const current = found.get(keyOf(object));
    if (!current) return [{ verb: 'create', object }];
    if (current.metadata.annotations?.[AUTOUPDATE_ANNOTATION] === 'false') return [];
    if (!sameValue((current as AnyFields).roleRef, (object as AnyFields).roleRef))
      return [{ verb: 'recreate', object }];
    const next = completed(current, object);
    return sameValue(next, current) ? [] : [{ verb: 'update', object: next }];
  });
}

/** The current object with everything it lacks of the wanted one. */
function completed(current: AnyFields, wanted: AnyFields): RbacObject {
  const { rules: wantedRules = [], subjects: wantedSubjects = [] } = wanted;
  const { rules = [], subjects = [] } = current;
  const missingSubjects = wantedSubjects.filter((subject) => !subjects.some((known) => sameSubject(known, subject)));
  const metadata = {
    ...current.metadata,
    labels: { ...wanted.metadata.labels, ...current.metadata.labels },
    annotations: { ...wanted.metadata.annotations, ...current.metadata.annotations },
  };
  const aggregation = completedAggregation(current.aggregationRule, wanted.aggregationRule);
  // The rules of an aggregated role are aggregation's, not ours.
  const missingRules = aggregation ? [] : uncoveredRules(rules, wantedRules);
  return {
    ...current,
    metadata,
    ...(missingRules.length > 0 ? { rules: [...rules, ...missingRules] } : {}),
    ...(missingSubjects.length > 0 ? { subjects: [...subjects, ...missingSubjects] } : {}),
    ...(aggregation ? { aggregationRule: aggregation } : {}),
  } as RbacObject;
}

/** A ServiceAccount's API group may be written as '' or left out. */
const sameSubject = (a: Subject, b: Subject) =>
  a.kind === b.kind &&
  a.name === b.name &&
  (a.namespace ?? '') === (b.namespace ?? '') &&
  (a.apiGroup ?? '') === (b.apiGroup ?? '');

function completedAggregation(current?: AggregationRule, wanted?: AggregationRule): AggregationRule | undefined {
  if (!wanted) return current;
  const selectors = current?.clusterRoleSelectors ?? [];
  const missing = (wanted.clusterRoleSelectors ?? []).filter(
    (selector) => !selectors.some((known) => sameValue(known, selector)),
  );
  return { clusterRoleSelectors: [...selectors, ...missing] };
}
