/**
 * Who owns whom: every object of the cluster, keyed by uid, with its owners and dependents.
 *
 * Fed with what the informers see, it answers with the uids whose fate may have changed. It decides nothing: the graph may lag
 * behind the cluster, so whoever acts on it looks at the live objects first. An owner that was never observed has no
 * entry, only dependents; Kubernetes calls that a virtual node.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents
 */
import type { KubeObject, OwnerReference } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

export interface GraphNode {
  readonly uid: string;
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly owners: readonly OwnerReference[];
  readonly isDeleting: boolean;
  /** being deleted in the foreground: waits for its dependents */
  readonly waitsForDependents: boolean;
  /** being deleted with its dependents left alone */
  readonly orphansDependents: boolean;
}

function toNode(resource: Resource, { metadata }: KubeObject): GraphNode {
  const isDeleting = metadata.deletionTimestamp !== undefined;
  const finalizers = metadata.finalizers ?? [];
  return {
    uid: metadata.uid ?? '',
    resource,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    owners: metadata.ownerReferences ?? [],
    isDeleting,
    waitsForDependents: isDeleting && finalizers.includes(FOREGROUND_FINALIZER),
    orphansDependents: isDeleting && finalizers.includes(ORPHAN_FINALIZER),
  };
}

export class OwnerGraph {
  private readonly nodes = new Map<string, GraphNode>();
  /** uid of an owner, observed or not -> uids of what names it as owner */
  private readonly dependents = new Map<string, Set<string>>();

  /** The object as last observed; undefined when it never was, or is gone. */
  node(uid: string): GraphNode | undefined {
    return this.nodes.get(uid);
  }

  /** Everything observed that names this uid as an owner. */
  dependentsOf(uid: string): GraphNode[] {
    return [...(this.dependents.get(uid) ?? [])].flatMap((dependent) => this.nodes.get(dependent) ?? []);
  }

  /** Dependents that an owner deleted in the foreground waits for. */
  blockingDependents(uid: string): GraphNode[] {
    return this.dependentsOf(uid).filter(({ owners }) =>
      owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
    );
  }

  /**
   * The owner a reference means, when it is observed where the reference says; undefined otherwise. An owner is in the
   * namespace of its dependent or in none.
   */
  ownerOf(child: GraphNode, reference: OwnerReference): GraphNode | undefined {
    const owner = this.nodes.get(reference.uid);
    if (!owner || owner.name !== reference.name || owner.resource.kind !== reference.kind) return undefined;
    return owner.namespace === '' || owner.namespace === child.namespace ? owner : undefined;
  }

  /** True when every owner is observed and none is being deleted in the foreground: nothing to decide. */
  isHeld(child: GraphNode): boolean {
    return child.owners.every((reference) => {
      const owner = this.ownerOf(child, reference);
      return owner !== undefined && !owner.waitsForDependents;
    });
  }

  /** Takes in a new or changed object; returns the uids to look at. */
  observe(resource: Resource, object: KubeObject): string[] {
    const after = toNode(resource, object);
    const before = this.nodes.get(after.uid);
    this.nodes.set(after.uid, after);
    for (const { uid } of before?.owners ?? []) this.unlink(uid, after.uid);
    for (const { uid } of after.owners) this.link(uid, after.uid);
    const wake = before ? this.ownersThatMayGoOn(before, after) : [];
    if (after.owners.length > 0 && !this.isHeld(after)) wake.push(after.uid);
    if (after.waitsForDependents && !before?.waitsForDependents) {
      wake.push(after.uid, ...(this.dependents.get(after.uid) ?? []));
    }
    if (after.orphansDependents && !before?.orphansDependents) wake.push(after.uid);
    return [...new Set(wake)];
  }

  /** Takes out an object that is gone; returns its dependents and the owners that may have waited for it. */
  forget(uid: string): string[] {
    const node = this.nodes.get(uid);
    if (!node) return [];
    this.nodes.delete(uid);
    for (const owner of node.owners) this.unlink(owner.uid, uid);
    const waiting = node.owners.filter((owner) => this.nodes.get(owner.uid)?.waitsForDependents);
    return [...(this.dependents.get(uid) ?? []), ...waiting.map((owner) => owner.uid)];
  }

  /** Owners in foreground deletion that the object no longer blocks. */
  private ownersThatMayGoOn(before: GraphNode, after: GraphNode): string[] {
    const blocks = (node: GraphNode, uid: string) =>
      node.owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true);
    return before.owners
      .map(({ uid }) => uid)
      .filter((uid) => blocks(before, uid) && !blocks(after, uid) && this.nodes.get(uid)?.waitsForDependents);
  }

  private link(owner: string, dependent: string): void {
    const known = this.dependents.get(owner);
    if (known) known.add(dependent);
    else this.dependents.set(owner, new Set([dependent]));
  }

  private unlink(owner: string, dependent: string): void {
    const known = this.dependents.get(owner);
    known?.delete(dependent);
    if (known?.size === 0) this.dependents.delete(owner);
  }
}
