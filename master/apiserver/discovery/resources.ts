/**
 * What one group version serves, as discovery lists it: every kind, its subresources and their verbs.
 *
 * The two forms of discovery (`api-groups.ts`, `aggregated.ts`) and OpenAPI are written from these rows.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-operations
 */
import type { Kind } from '../../../helper/api/kind';

export interface ServedSubresource {
  readonly name: string;
  readonly kind: string;
  /** Only where the body is of another group version than the parent. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const OBJECT_VERBS = ['get', 'patch', 'update'] as const;

/** Kubernetes serves no deletecollection of namespaces: one request would end the whole cluster. */
const NO_DELETE_COLLECTION = new Set(['namespaces']);

/** Verbs of the kind itself, sorted by name as Kubernetes lists them. */
export function verbsOf(kind: Kind): readonly string[] {
  if (kind.stored === false) return kind.verbs ?? ['create'];
  return NO_DELETE_COLLECTION.has(kind.plural) ? ALL_VERBS.filter((verb) => verb !== 'deletecollection') : ALL_VERBS;
}

/** Its subresources sorted by name: status and scale where the kind has them, then its own. */
export function subresourcesOf(kind: Kind): ServedSubresource[] {
  const served: ServedSubresource[] = [...kind.subresources];
  if (kind.hasStatus) served.push({ name: 'status', kind: kind.kind, verbs: OBJECT_VERBS });
  if (kind.scale)
    served.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: OBJECT_VERBS });
  return served.sort((a, b) => compareText(a.name, b.name));
}

/** The kinds of one group version, sorted by plural. */
export function kindsOf(kinds: readonly Kind[], group: string, version: string): Kind[] {
  return kinds
    .filter((kind) => kind.group === group && kind.version === version)
    .sort((a, b) => compareText(a.plural, b.plural));
}

/** Byte order, which is how Kubernetes sorts names. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
