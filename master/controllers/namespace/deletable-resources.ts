/**
 * What may be inside a namespace: every kind the api-server offers there that can be listed and deleted.
 *
 * Read from discovery, not from a table: kinds added later (by a CRD, by another api-server behind this one) are emptied too.
 * A kind that several versions of a group serve is taken once, at the preferred version.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import type { Resource } from '../../../helper/api/resource';

/** The parts of an APIResourceList that matter here. */
export interface DiscoveredVersion {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly singularName?: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

export interface DeletableResource {
  readonly resource: Resource;
  /** false: the objects have to be deleted one by one */
  readonly hasDeleteCollection: boolean;
}

/** `apps/v1` in its two parts, `v1` as the core group; undefined when it is neither. */
export function parseGroupVersion(text: string): { group: string; version: string } | undefined {
  const parts = text.split('/');
  if (parts.length > 2 || parts.some((part) => part === '')) return undefined;
  const [first = '', second] = parts;
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}

/** The kinds to empty, and the group versions nobody can read. `versions` come with the preferred one of a group first. */
export function deletableResources(versions: readonly DiscoveredVersion[]): {
  readonly deletable: readonly DeletableResource[];
  readonly unparsable: readonly string[];
} {
  const found = new Map<string, DeletableResource>();
  const unparsable: string[] = [];
  for (const { groupVersion, resources } of versions) {
    const parsed = parseGroupVersion(groupVersion);
    if (!parsed) {
      unparsable.push(groupVersion);
      continue;
    }
    for (const { name, singularName, kind, namespaced, verbs } of resources) {
      const id = `${name}.${parsed.group}`;
      const isSubresource = name.includes('/');
      if (!namespaced || isSubresource || found.has(id)) continue;
      if (!verbs.includes('list') || !verbs.includes('delete')) continue;
      found.set(id, {
        resource: {
          ...parsed,
          kind,
          plural: name,
          singular: singularName || kind.toLowerCase(),
          shortNames: [],
          categories: [],
          namespaced: true,
        },
        hasDeleteCollection: verbs.includes('deletecollection'),
      });
    }
  }
  return { deletable: [...found.values()], unparsable };
}
