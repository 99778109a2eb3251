/**
 * Nobody gives himself, or anybody, more than he has: checked on every write of a role or a binding.
 *
 * To write a role one must hold its rules, or the verb `escalate` on it; to bind a role one must hold its rules, or the verb `bind`
 * on it; to let a role aggregate one must hold everything, because whatever carries the label would flow in.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import type { KubeObject } from '../../../../helper/api/meta';
import { forbiddenError, notFound } from '../../../../helper/api/status-error';
import { sameValue } from '../../../../helper/api/validate-metadata';
import { type Authorizer, resourceAccess } from '../access';
import { PRIVILEGED_GROUP } from '../authorizer-chain';
import type { User } from '../user';
import { joinPieces, quotedList, ruleText, uncoveredRules } from './covers';
import { joinErrors, type RbacAuthorizer, rulesOfRole } from './rbac-authorizer';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, RoleSource } from './role-source';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const EVERYTHING: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];
const PLURALS: Readonly<Record<string, string>> = {
  Role: 'roles',
  ClusterRole: 'clusterroles',
  RoleBinding: 'rolebindings',
  ClusterRoleBinding: 'clusterrolebindings',
};

export interface EscalationContext {
  readonly user: User;
  /** the whole chain: answers `escalate` and `bind` */
  readonly authorizer: Authorizer;
  /** what the user holds */
  readonly rbac: Pick<RbacAuthorizer, 'rulesFor'>;
  readonly source: RoleSource;
}

/** Why the user may not hand out the rules in the namespace ('' cluster-wide); undefined when he holds them all. */
function missingRights(
  user: User,
  namespace: string,
  rbac: Pick<RbacAuthorizer, 'rulesFor'>,
  rules: readonly PolicyRule[],
): string | undefined {
  const held = rbac.rulesFor(user, namespace);
  const missing = joinPieces(uncoveredRules(held.rules, rules));
  if (missing.length === 0) return undefined;
  const who = `user ${JSON.stringify(user.name)} (groups=${quotedList(user.groups)})`;
  const list = [...new Set(missing.map(ruleText))].sort().join('\n');
  const unresolved = held.errors.length > 0 ? `; resolution errors: [${joinErrors(held.errors)}]` : '';
  return `${who} is attempting to grant RBAC permissions not currently held:\n${list}${unresolved}`;
}

/** Only what the garbage collector needs to delete it in the end: it must be able to, without holding every role. */
function changesOnlyOwnership(object: KubeObject, old: KubeObject): boolean {
  const strip = ({ metadata, ...rest }: KubeObject) => {
    const {
      ownerReferences: _owners,
      finalizers: _finalizers,
      managedFields: _fields,
      resourceVersion: _version,
      ...kept
    } = metadata;
    return { ...rest, metadata: kept };
  };
  return sameValue(strip(object), strip(old));
}

/** Throws Forbidden when writing this role or binding would give away what the user does not have. `old` of an update. */
export function checkEscalation(context: EscalationContext, object: KubeObject, old?: KubeObject): void {
  const { user } = context;
  if (!object.apiVersion.startsWith(`${RBAC_GROUP}/`)) return;
  if (user.groups.includes(PRIVILEGED_GROUP) || (old && changesOnlyOwnership(object, old))) return;
  if (object.kind === 'Role' || object.kind === 'ClusterRole') {
    checkRole(context, object as Role | ClusterRole, old as ClusterRole | undefined);
  } else if (object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding') {
    checkBinding(context, object as RoleBinding | ClusterRoleBinding);
  }
}

const subjectOf = ({ kind }: KubeObject) => ({ group: RBAC_GROUP, plural: PLURALS[kind] ?? kind });

function checkRole({ user, authorizer, rbac }: EscalationContext, role: Role | ClusterRole, old?: ClusterRole): void {
  const { name, namespace = '' } = role.metadata;
  const mayEscalate = resourceAccess('escalate', subjectOf(role).plural, { group: RBAC_GROUP, namespace, name });
  if (authorizer.authorize(user, mayEscalate).allowed) return;
  const missing = missingRights(user, namespace, rbac, role.rules ?? []);
  if (missing) throw forbiddenError(subjectOf(role), name, missing);
  const aggregates = (role as ClusterRole).aggregationRule || old?.aggregationRule;
  const lacking = aggregates && missingRights(user, '', rbac, EVERYTHING);
  if (!lacking) return;
  const message = `must have cluster-admin privileges to use the aggregationRule: ${lacking}`;
  throw forbiddenError(subjectOf(role), name, message);
}

function checkBinding(context: EscalationContext, binding: RoleBinding | ClusterRoleBinding): void {
  const { user, authorizer, rbac, source } = context;
  const { name, namespace = '' } = binding.metadata;
  const { roleRef } = binding;
  const plural = PLURALS[roleRef.kind] ?? '';
  const mayBind = resourceAccess('bind', plural, { group: RBAC_GROUP, namespace, name: roleRef.name });
  if (plural && authorizer.authorize(user, mayBind).allowed) return;
  const rules = rulesOfRole(source, roleRef, namespace);
  // A role that is not there yet could become anything.
  if (typeof rules === 'string') throw notFound({ group: RBAC_GROUP, plural: plural || roleRef.kind }, roleRef.name);
  const missing = missingRights(user, namespace, rbac, rules);
  if (missing) throw forbiddenError(subjectOf(binding), name, missing);
}
