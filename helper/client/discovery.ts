/**
 * Which kinds the server serves: discovery, read by components that work on every kind there is.
 *
 * The garbage collector and the deletion of namespaces must also reach kinds that were added after they were written, so they
 * ask the server instead of a table. A group whose document cannot be had is reported, the others still count.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import { qualifiedName, type Resource } from '../api/resource';
import type { ApiClient } from './client';

export interface DiscoveredResource extends Resource {
  readonly verbs: readonly string[];
}

export interface Discovery {
  /** every kind once, in the version its group prefers among those that have it; subresources left out */
  readonly resources: readonly DiscoveredResource[];
  /** group versions that could not be read, with the reason */
  readonly failures: readonly { readonly groupVersion: string; readonly message: string }[];
}

interface ApiResource {
  readonly name: string;
  readonly singularName?: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

interface ApiGroupList {
  readonly groups?: readonly { readonly name: string; readonly versions?: readonly { readonly version: string }[] }[];
}

/** The kinds in one group version's document. */
function parseResourceList(group: string, version: string, document: unknown): DiscoveredResource[] {
  const { resources = [] } = document as { resources?: readonly ApiResource[] };
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, singularName, namespaced, verbs, shortNames, categories }) => ({
      group,
      version,
      kind,
      plural: name,
      singular: singularName || kind.toLowerCase(),
      shortNames: shortNames ?? [],
      categories: categories ?? [],
      namespaced: namespaced === true,
      verbs: verbs ?? [],
    }));
}

/** Whatever the client reads otherwise, discovery is plain JSON. */
const readJson = (client: ApiClient, path: string) =>
  client.raw('GET', path, undefined, { accept: 'application/json' });

/** Asks for all groups at once. Throws only when not even the list of groups can be had. */
export async function discoverResources(client: ApiClient): Promise<Discovery> {
  const { groups = [] } = (await readJson(client, '/apis')) as ApiGroupList;
  // All versions, the preferred first: two custom resources of one group need not share a version.
  const versions = [
    { group: '', version: 'v1', path: '/api/v1' },
    ...groups.flatMap(({ name, versions = [] }) =>
      versions.map(({ version }) => ({ group: name, version, path: `/apis/${name}/${version}` })),
    ),
  ];
  const failures: { groupVersion: string; message: string }[] = [];
  const found = await Promise.all(
    versions.map(async ({ group, version, path }) => {
      try {
        return parseResourceList(group, version, await readJson(client, path));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        failures.push({ groupVersion: group ? `${group}/${version}` : version, message });
        return [];
      }
    }),
  );
  const byName = new Map<string, DiscoveredResource>();
  for (const resource of found.flat()) {
    const name = qualifiedName(resource);
    if (!byName.has(name)) byName.set(name, resource);
  }
  return { resources: [...byName.values()], failures };
}
