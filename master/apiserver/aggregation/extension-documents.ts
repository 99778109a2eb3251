/**
 * What an extension server says of itself, in the form our own discovery and OpenAPI show it. Pure: documents in, rows out.
 *
 * A server that knows aggregated discovery is taken at its word; of an older one the list of resources is translated, subresources below
 * their resource. Of its OpenAPI v2 document only the group version asked for counts, with the definitions it needs.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
import { createHash } from 'node:crypto';
import type { OpenApiV2Part } from '../discovery/external-version';

type Json = Record<string, unknown>;

interface GroupDiscovery {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly { readonly version: string; readonly resources?: readonly object[] }[];
}

interface ResourceRow {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** The rows of one version in an `APIGroupDiscoveryList`; undefined when the document is none or lacks it. */
export function rowsOfGroupList(document: unknown, group: string, version: string): readonly object[] | undefined {
  const { kind, items = [] } = document as { kind?: string; items?: readonly GroupDiscovery[] };
  if (kind !== 'APIGroupDiscoveryList') return undefined;
  const found = items.find(({ metadata }) => (metadata?.name ?? '') === group);
  const served = found?.versions?.find((each) => each.version === version);
  return served && (served.resources ?? []);
}

const responseKind = ({ group = '', version = '', kind }: ResourceRow) => ({ group, version, kind });

/** The rows of an `APIResourceList`; undefined when the document is none. */
export function rowsOfResourceList(document: unknown): readonly object[] | undefined {
  const { kind, resources = [] } = document as { kind?: string; resources?: readonly ResourceRow[] };
  if (kind !== 'APIResourceList') return undefined;
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((row) => {
      const prefix = `${row.name}/`;
      const subresources = resources
        .filter(({ name }) => name.startsWith(prefix))
        .map((sub) => ({
          subresource: sub.name.slice(prefix.length),
          responseKind: responseKind(sub),
          verbs: sub.verbs ?? [],
        }));
      return {
        resource: row.name,
        responseKind: responseKind(row),
        scope: row.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: row.singularName ?? '',
        verbs: row.verbs ?? [],
        ...(row.shortNames?.length ? { shortNames: row.shortNames } : {}),
        ...(row.categories?.length ? { categories: row.categories } : {}),
        ...(subresources.length > 0 ? { subresources } : {}),
      };
    });
}

/** Where the index of OpenAPI v3 says the document is; undefined when it has none. Addresses of other servers do not count. */
export function openApiUrlIn(index: unknown, path: string): string | undefined {
  const { paths = {} } = index as { paths?: Record<string, { serverRelativeURL?: string } | undefined> };
  const url = Object.hasOwn(paths, path) ? paths[path]?.serverRelativeURL : undefined;
  return url?.startsWith(`/openapi/v3/${path}`) ? url : undefined;
}

const REFERENCE = /"\$ref":"#\/definitions\/((?:[^"\\]|\\.)+)"/g;

/** The part of an OpenAPI v2 document below `root` (`/apis/<group>/<version>`); undefined when there is none. */
export function openApiPartOf(document: unknown, root: string): OpenApiV2Part | undefined {
  const { swagger, paths = {}, definitions = {} } = document as { swagger?: string; paths?: Json; definitions?: Json };
  if (swagger !== '2.0') return undefined;
  const below = `${root}/`;
  const own = Object.entries(paths).filter(([path]) => path === root || path.startsWith(below));
  if (own.length === 0) return undefined;
  const needed: Json = {};
  const look = (value: unknown) => {
    for (const [, name = ''] of (JSON.stringify(value) ?? '').matchAll(REFERENCE)) {
      if (Object.hasOwn(needed, name) || !Object.hasOwn(definitions, name)) continue;
      needed[name] = definitions[name];
      look(definitions[name]);
    }
  };
  look(own);
  const hash = createHash('sha256')
    .update(JSON.stringify([own, needed]))
    .digest('hex');
  return { hash, paths: Object.fromEntries(own), definitions: needed };
}
