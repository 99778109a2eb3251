/**
 * Discovery in one answer: all groups, versions, resources and subresources (`APIGroupDiscoveryList`).
 *
 * Two requests (`/api` and `/apis`) instead of one per group version. Versions v2 and v2beta1 of the format are alike.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
import type { Kind } from '../../../helper/api/kind';
import type { ExternalVersion } from './external-version';
import { groupVersions } from './group-versions';
import { kindsOf, subresourcesOf, verbsOf } from './resources';

export type AggregatedVersion = 'v2' | 'v2beta1';

/** The content type of an answer in this form; clients compare it whole. */
export function aggregatedContentType(version: AggregatedVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** `/api` (the core group alone) or `/apis` (all others). */
export function aggregatedDiscovery(
  kinds: readonly Kind[],
  root: 'api' | 'apis',
  version: AggregatedVersion,
  external: readonly ExternalVersion[] = [],
) {
  const groups = groupVersions(kinds, external).filter(({ group }) => (group === '') === (root === 'api'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
      versions: versions.map((name) => {
        const elsewhere = external.find((each) => each.group === group && each.version === name);
        const resources = elsewhere ? elsewhere.resources : kindsOf(kinds, group, name).map(describeKind);
        return { version: name, resources, freshness: elsewhere?.isStale ? 'Stale' : 'Current' };
      }),
    })),
  };
}

function describeKind(kind: Kind) {
  const subresources = subresourcesOf(kind).map((subresource) => ({
    subresource: subresource.name,
    responseKind: responseKind(subresource),
    verbs: subresource.verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: responseKind({ kind: kind.kind }),
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** Empty group and version mean: those of the surrounding list. */
function responseKind({ group = '', version = '', kind }: { group?: string; version?: string; kind: string }) {
  return { group, version, kind };
}
