/**
 * What RoleBindings and ClusterRoleBindings have in common: subjects, the role they get, and how both are shown.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding
 */
import type { RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import { ageColumn, column, nameColumn, wideColumn } from '../columns';
import { type FieldError, invalid, notSupported, required } from '../field-error';
import { each, follows, requiredName } from '../field-rules';
import type { Column } from '../kind';
import type { KubeObject } from '../meta';
import { dnsSubdomain, pathSegment } from '../names';
import { sameValue } from '../validate-metadata';
import { RBAC_GROUP } from './policy-rules';

/** A binding of either kind. */
type Binding = KubeObject & { roleRef: RoleRef; subjects?: Subject[] };

const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group'];

/** Groups of subjects and role, which nobody writes. */
export function defaultBinding({ roleRef, subjects }: Binding): void {
  if (roleRef) roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
  }
}

function validateSubject(subject: Subject, namespaced: boolean, path: string): FieldError[] {
  const { kind, name, apiGroup = '', namespace } = subject;
  const errors = name ? [] : [required(`${path}.name`)];
  const field = `${path}.apiGroup`;
  if (kind === 'ServiceAccount') {
    if (name) errors.push(...follows(dnsSubdomain, name, `${path}.name`));
    if (apiGroup) errors.push(notSupported(field, apiGroup, ['']));
    if (!namespaced && !namespace) errors.push(required(`${path}.namespace`));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== RBAC_GROUP) errors.push(notSupported(field, apiGroup, [RBAC_GROUP]));
  } else errors.push(notSupported(`${path}.kind`, kind ?? '', SUBJECT_KINDS));
  return errors;
}

/** All that is wrong with a binding whose role is of one of these kinds. */
export function validateBinding(
  { roleRef, subjects }: Binding,
  roleKinds: readonly string[],
  { namespaced }: { namespaced: boolean },
): FieldError[] {
  const { apiGroup = '', kind = '', name } = roleRef ?? {};
  return [
    ...(apiGroup === RBAC_GROUP ? [] : [notSupported('roleRef.apiGroup', apiGroup, [RBAC_GROUP])]),
    ...(roleKinds.includes(kind) ? [] : [notSupported('roleRef.kind', kind, roleKinds)]),
    ...requiredName(pathSegment, name, 'roleRef.name'),
    ...each(subjects, 'subjects', (subject, path) => validateSubject(subject, namespaced, path)),
  ];
}

/** A binding keeps its role: who changes what others were granted makes a new one. */
export function validateBindingUpdate({ roleRef }: Binding, old: Binding): FieldError[] {
  return sameValue(roleRef, old.roleRef) ? [] : [invalid('roleRef', roleRef, 'cannot change roleRef')];
}

const named = ({ subjects }: Binding, kind: string) =>
  (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');

/** The columns of bindings; `binding` is the kind as descriptions call it. */
export function bindingColumns(binding: string): Column<Binding>[] {
  return [
    nameColumn,
    column('Role', 'string', 'The role the subjects get.', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn,
    wideColumn('Users', 'string', `Users in the ${binding}`, (object) => named(object, 'User')),
    wideColumn('Groups', 'string', `Groups in the ${binding}`, (object) => named(object, 'Group')),
    wideColumn('ServiceAccounts', 'string', `ServiceAccounts in the ${binding}`, (object) =>
      named(object, 'ServiceAccount'),
    ),
  ];
}
