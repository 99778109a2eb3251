/**
 * Owners the server said do not exist. A uid never comes back, so the thousand dependents of one owner cost one question.
 */
import type { OwnerReference } from '../../../helper/api/meta';

/** the oldest are forgotten beyond this */
const MAX_REMEMBERED = 5000;

export class AbsentOwners {
  private readonly known = new Set<string>();

  has(namespace: string, reference: OwnerReference): boolean {
    return this.known.has(idOf(namespace, reference));
  }

  add(namespace: string, reference: OwnerReference): void {
    this.known.add(idOf(namespace, reference));
    if (this.known.size <= MAX_REMEMBERED) return;
    for (const oldest of this.known) {
      this.known.delete(oldest);
      break;
    }
  }
}

/** The whole reference: the same uid under another name or namespace is another claim. */
const idOf = (namespace: string, { apiVersion, kind, name, uid }: OwnerReference) =>
  [uid, apiVersion, kind, namespace, name].join(' ');
