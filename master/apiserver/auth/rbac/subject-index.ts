/**
 * Which bindings apply to a user: found by name and groups instead of reading every binding for every request.
 *
 * A ServiceAccount is the user `system:serviceaccount:<namespace>:<name>`; a RoleBinding may leave the namespace out when it is its own.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects
 */
import type { Subject } from 'kubernetes-types/rbac/v1';
import type { User } from '../user';
import type { ClusterRoleBinding, RoleBinding } from './role-source';

type Binding = RoleBinding | ClusterRoleBinding;

/** A binding, and the first of its subjects that is the user. */
export interface AppliedBinding<B extends Binding> {
  readonly binding: B;
  readonly subject: Subject;
}

interface Entry {
  readonly position: number;
  readonly subject: Subject;
}

const NO_ENTRIES: readonly Entry[] = [];

/** `User jane` or `Group devs`; undefined for a subject that can be nobody. */
function keyOf({ kind, name, namespace }: Subject, bindingNamespace: string): string | undefined {
  if (kind === 'User' || kind === 'Group') return `${kind} ${name}`;
  const accountNamespace = namespace || bindingNamespace;
  if (kind !== 'ServiceAccount' || !accountNamespace) return undefined;
  return `User system:serviceaccount:${accountNamespace}:${name}`;
}

export class SubjectIndex<B extends Binding> {
  private readonly bySubject = new Map<string, Entry[]>();

  constructor(private readonly bindings: readonly B[]) {
    for (const [position, { subjects = [], metadata }] of bindings.entries()) {
      for (const subject of subjects) {
        const key = keyOf(subject, metadata.namespace ?? '');
        if (!key) continue;
        const entries = this.bySubject.get(key);
        if (entries) entries.push({ position, subject });
        else this.bySubject.set(key, [{ position, subject }]);
      }
    }
  }

  /** The bindings that apply to the user, each once, in the order they were given. */
  find(user: User): AppliedBinding<B>[] {
    const keys = [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)];
    const first = new Map<number, Subject>();
    for (const { position, subject } of keys.flatMap((key) => this.bySubject.get(key) ?? NO_ENTRIES)) {
      const known = first.get(position);
      const subjects = this.bindings[position]?.subjects ?? [];
      if (!known || subjects.indexOf(subject) < subjects.indexOf(known)) first.set(position, subject);
    }
    return [...first]
      .sort(([a], [b]) => a - b)
      .flatMap(([position, subject]) => {
        const binding = this.bindings[position];
        return binding ? [{ binding, subject }] : [];
      });
  }
}
