/**
 * RBAC: a user may do what the roles bound to him, his groups or his ServiceAccount allow, and nothing else.
 *
 * ClusterRoleBindings count everywhere, RoleBindings in their namespace only. The grants of a user are gathered at his first
 * request and kept until any role or binding changes, so the usual decision is a walk over a few rules.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import { type Access, type Authorizer, type Decision, NO_OPINION, noOpinion } from '../access';
import type { User } from '../user';
import type { ClusterRoleBinding, RoleBinding, RoleSource } from './role-source';
import { ruleAllows } from './rule-matching';
import { SubjectIndex } from './subject-index';

/** Users with other groups or extras count as others. */
const MAX_REMEMBERED_USERS = 5_000;

/** What one binding gives the user. */
interface Grant {
  readonly decision: Decision;
  readonly rules: readonly PolicyRule[];
}

interface Grants {
  readonly grants: readonly Grant[];
  /** bindings whose role is missing */
  readonly errors: readonly string[];
}

const NO_GRANTS: Grants = { grants: [], errors: [] };

interface UserGrants {
  readonly everywhere: Grants;
  readonly byNamespace: Map<string, Grants>;
}

/** All rules of a user in a namespace, and what could not be resolved. */
export interface RulesOfUser {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
}

/** `a` when there is one, `[a, b]` when there are more: how Kubernetes prints several errors as one. */
export function joinErrors(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length > 1 ? `[${distinct.join(', ')}]` : (distinct[0] ?? '');
}

export class RbacAuthorizer implements Authorizer {
  private version = -1;
  private byUser = new Map<string, UserGrants>();
  /** the same by the very object: users of a connection or a token file come as the same object every time */
  private byObject = new WeakMap<User, UserGrants>();
  private clusterIndex: SubjectIndex<ClusterRoleBinding> | undefined;
  private indexes = new Map<string, SubjectIndex<RoleBinding>>();

  constructor(private readonly source: RoleSource) {}

  authorize(user: User, access: Access): Decision {
    const of = this.grantsOf(user);
    const { everywhere } = of;
    const allowedEverywhere = decide(everywhere, access);
    if (allowedEverywhere) return allowedEverywhere;
    const here = access.namespace ? this.grantsIn(of, user, access.namespace) : undefined;
    const allowedHere = here && decide(here, access);
    if (allowedHere) return allowedHere;
    if (everywhere.errors.length === 0 && !here?.errors.length) return NO_OPINION;
    return noOpinion(`RBAC: ${joinErrors([...everywhere.errors, ...(here?.errors ?? [])])}`);
  }

  /** Everything the user may do in the namespace ('': at the cluster scope). */
  rulesFor(user: User, namespace: string): RulesOfUser {
    const of = this.grantsOf(user);
    const all = [of.everywhere, ...(namespace ? [this.grantsIn(of, user, namespace)] : [])];
    return {
      rules: all.flatMap(({ grants }) => grants.flatMap(({ rules }) => rules)),
      errors: all.flatMap(({ errors }) => errors),
    };
  }

  private grantsOf(user: User): UserGrants {
    if (this.source.version !== this.version) this.forget();
    let found = this.byObject.get(user);
    if (found) return found;
    // JSON keeps a group called `a,b` apart from the two groups a and b.
    const key = JSON.stringify([user.name, user.groups]);
    found = this.byUser.get(key);
    if (!found) {
      this.clusterIndex ??= new SubjectIndex(this.source.clusterRoleBindings());
      found = { everywhere: this.resolve(this.clusterIndex, user), byNamespace: new Map() };
      if (this.byUser.size >= MAX_REMEMBERED_USERS) this.byUser.clear();
      this.byUser.set(key, found);
    }
    this.byObject.set(user, found);
    return found;
  }

  private grantsIn({ byNamespace }: UserGrants, user: User, namespace: string): Grants {
    const known = byNamespace.get(namespace);
    if (known) return known;
    const index = this.indexOf(namespace);
    // Nothing is kept for namespaces without bindings: names that users only made up must not fill the memory.
    if (!index) return NO_GRANTS;
    const found = this.resolve(index, user);
    byNamespace.set(namespace, found);
    return found;
  }

  private indexOf(namespace: string): SubjectIndex<RoleBinding> | undefined {
    const known = this.indexes.get(namespace);
    if (known) return known;
    const bindings = this.source.roleBindings(namespace);
    if (bindings.length === 0) return undefined;
    const index = new SubjectIndex(bindings);
    this.indexes.set(namespace, index);
    return index;
  }

  private resolve(index: SubjectIndex<RoleBinding | ClusterRoleBinding>, user: User): Grants {
    const grants: Grant[] = [];
    const errors: string[] = [];
    for (const { binding, subject } of index.find(user)) {
      const rules = rulesOfRole(this.source, binding.roleRef, binding.metadata.namespace ?? '');
      if (typeof rules === 'string') errors.push(rules);
      else grants.push({ decision: { allowed: true, reason: reasonOf(binding, subject) }, rules });
    }
    return { grants, errors };
  }

  private forget(): void {
    this.version = this.source.version;
    this.byUser = new Map();
    this.byObject = new WeakMap();
    this.clusterIndex = undefined;
    this.indexes = new Map();
  }
}

function decide({ grants }: Grants, access: Access): Decision | undefined {
  for (const { rules, decision } of grants) {
    for (const rule of rules) {
      if (ruleAllows(rule, access)) return decision;
    }
  }
  return undefined;
}

/** The rules a roleRef leads to, or the message that says why it leads nowhere. `namespace` is the binding's. */
export function rulesOfRole(
  source: RoleSource,
  { kind, name }: RoleRef,
  namespace: string,
): readonly PolicyRule[] | string {
  if (kind !== 'Role' && kind !== 'ClusterRole') return `unsupported role reference kind: ${JSON.stringify(kind)}`;
  const role = kind === 'Role' ? source.role(namespace, name) : source.clusterRole(name);
  if (role) return role.rules ?? [];
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`;
}

function describeSubject({ kind, name, namespace }: Subject, bindingNamespace: string): string {
  if (kind !== 'ServiceAccount') return `${kind} ${JSON.stringify(name)}`;
  return `${kind} ${JSON.stringify(`${name}/${namespace || bindingNamespace}`)}`;
}

function reasonOf(binding: RoleBinding | ClusterRoleBinding, subject: Subject): string {
  const { name, namespace = '' } = binding.metadata;
  const { kind, name: role } = binding.roleRef;
  const which = namespace ? `RoleBinding ${JSON.stringify(`${name}/${namespace}`)}` : `ClusterRoleBinding "${name}"`;
  return `RBAC: allowed by ${which} of ${kind} ${JSON.stringify(role)} to ${describeSubject(subject, namespace)}`;
}
