/**
 * Which of the names a definition asks for it gets: those no other definition of its group has.
 *
 * Pure: definitions in, names and conditions out. A definition is established when it got all its names once; it stays so.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#create-a-customresourcedefinition
 */
import type {
  CustomResourceDefinitionCondition as Condition,
  CustomResourceDefinitionNames as Names,
} from 'kubernetes-types/apiextensions/v1';
import { isProtectedGroup } from '../../../helper/api/apiextensions/api-approval';
import type { CustomResourceDefinition } from '../../../helper/api/apiextensions/definition';

export type DefinitionStatus = NonNullable<CustomResourceDefinition['status']> & { acceptedNames: Names };

/** A condition without its time. */
type Finding = Omit<Condition, 'lastTransitionTime'>;

/** The names other definitions of the group were given: of resources, and of kinds and lists. */
function namesTaken(definition: CustomResourceDefinition, all: readonly CustomResourceDefinition[]) {
  const others = all.filter(
    ({ metadata, spec }) => spec.group === definition.spec.group && metadata.name !== definition.metadata.name,
  );
  const accepted = others.flatMap(({ status }) => (status?.acceptedNames ? [status.acceptedNames] : []));
  return {
    resources: new Set(accepted.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames])),
    kinds: new Set(accepted.flatMap(({ kind, listKind }) => [kind, listKind])),
  };
}

/** Keeps the old name where the new one is taken. */
function decideNames(definition: CustomResourceDefinition, all: readonly CustomResourceDefinition[]) {
  const wanted = definition.spec.names;
  const taken = namesTaken(definition, all);
  const accepted: Names = { ...(definition.status?.acceptedNames ?? { kind: '', plural: '' }) };
  let conflict: { reason: string; message: string } | undefined;
  const decide = (reason: string, isTaken: boolean, text: string, accept: () => void) => {
    if (isTaken) conflict = { reason, message: text };
    else accept();
  };
  const inUse = (name: string) => `${JSON.stringify(name)} is already in use`;
  const { plural, singular = '', shortNames, kind, listKind = '', categories } = wanted;
  decide('PluralConflict', taken.resources.has(plural), inUse(plural), () => Object.assign(accepted, { plural }));
  decide('SingularConflict', taken.resources.has(singular), inUse(singular), () =>
    Object.assign(accepted, { singular }),
  );
  const clashes = (shortNames ?? []).filter((name) => taken.resources.has(name));
  const clashText = clashes.length === 1 ? inUse(clashes[0] ?? '') : `[${clashes.map(inUse).join(', ')}]`;
  decide('ShortNamesConflict', clashes.length > 0, clashText, () => replaceList(accepted, 'shortNames', shortNames));
  decide('KindConflict', taken.kinds.has(kind), inUse(kind), () => Object.assign(accepted, { kind }));
  decide('ListKindConflict', taken.kinds.has(listKind), inUse(listKind), () => Object.assign(accepted, { listKind }));
  replaceList(accepted, 'categories', categories);
  return { accepted, conflict };
}

function replaceList(names: Names, name: 'shortNames' | 'categories', list: string[] | undefined): void {
  if (list?.length) names[name] = [...list];
  else delete names[name];
}

/** The status a definition should have, seen beside all others. Times change only where a condition does. */
export function acceptNames(
  definition: CustomResourceDefinition,
  all: readonly CustomResourceDefinition[],
  now: string,
): DefinitionStatus {
  const { accepted, conflict } = decideNames(definition, all);
  const before = definition.status?.conditions ?? [];
  const wasEstablished = before.some(({ type, status }) => type === 'Established' && status === 'True');
  const findings: Finding[] = [
    conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
  ];
  if (!conflict) {
    const message = 'the initial names have been accepted';
    findings.push({ type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message });
  } else if (!wasEstablished) {
    const message = 'not all names are accepted';
    findings.push({ type: 'Established', status: 'False', reason: 'NotAccepted', message });
  }
  const approval = approvalOf(definition);
  if (approval) findings.push(approval);
  return {
    ...definition.status,
    acceptedNames: accepted,
    conditions: withConditions(before, findings, now),
    storedVersions: definition.status?.storedVersions ?? [],
  };
}

function approvalOf({ metadata, spec }: CustomResourceDefinition): Finding | undefined {
  if (!isProtectedGroup(spec.group)) return undefined;
  const type = 'KubernetesAPIApprovalPolicyConformant';
  const approval = metadata.annotations?.['api-approved.kubernetes.io'] ?? '';
  if (!approval.startsWith('unapproved')) {
    return { type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${approval}` };
  }
  const message = `not approved: ${JSON.stringify(approval)}`;
  return { type, status: 'False', reason: 'UnapprovedAnnotation', message };
}

/** The conditions with the findings put in: each type once, the time kept unless the status changed. */
export function withConditions(before: readonly Condition[], findings: readonly Finding[], now: string): Condition[] {
  const kept = before.map((condition) => {
    const finding = findings.find(({ type }) => type === condition.type);
    if (!finding) return condition;
    const isSame = finding.status === condition.status;
    const lastTransitionTime = isSame ? (condition.lastTransitionTime ?? now) : now;
    return { ...finding, lastTransitionTime };
  });
  const added = findings.filter(({ type }) => !before.some((condition) => condition.type === type));
  return [...kept, ...added.map((finding) => ({ ...finding, lastTransitionTime: now }))];
}
